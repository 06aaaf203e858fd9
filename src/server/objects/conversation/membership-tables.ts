import type { Asking, Listed, MemberRow, MembershipStore } from "../../../domain/membership/store.ts";
import type { Interval } from "../../../domain/membership/visibility.ts";
import type { GroupDetails, GroupList } from "../../../protocol/messages/group.ts";
import type { UserId } from "../../../protocol/names.ts";
import { type TableShape, type TableSql, Tables } from "../shell/tables.ts";

export const GROUP_TABLES = {
  group_details: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), details TEXT NOT NULL)" },
  group_member: {
    is: `(user TEXT PRIMARY KEY, role TEXT NOT NULL, joined_at INTEGER NOT NULL, entered INTEGER NOT NULL, intervals TEXT NOT NULL,
      attributes TEXT NOT NULL, shielded INTEGER NOT NULL) WITHOUT ROWID`,
  },
  group_past: { is: "(user TEXT PRIMARY KEY, intervals TEXT NOT NULL) WITHOUT ROWID" },
  group_listed: { is: "(list TEXT NOT NULL, user TEXT NOT NULL, until INTEGER, PRIMARY KEY (list, user)) WITHOUT ROWID" },
  group_asking: {
    is: "(user TEXT PRIMARY KEY, kind TEXT NOT NULL, by_user TEXT, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
  },
  group_file: {
    is: `(n INTEGER PRIMARY KEY AUTOINCREMENT, object TEXT NOT NULL, owner TEXT NOT NULL, shared TEXT NOT NULL, expires_at INTEGER NOT NULL,
      UNIQUE (object, owner))`,
  },
  group_confirmed: { is: "(seq INTEGER NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL, content TEXT, PRIMARY KEY (seq, user)) WITHOUT ROWID" },
  group_thread: { is: "(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, info TEXT)" },
  thread_joined: {
    is: "(user TEXT NOT NULL, thread TEXT NOT NULL, joined_at INTEGER NOT NULL, PRIMARY KEY (user, thread), UNIQUE (thread, user)) WITHOUT ROWID",
  },
  thread_owed: { is: "(n INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, word TEXT NOT NULL)" },
  /** Of a thread, in its own object. */
  thread_state: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL)" },
  thread_member: { is: "(user TEXT PRIMARY KEY, entered INTEGER NOT NULL) WITHOUT ROWID" },
  /** What the app's list of groups is owed. */
  group_registered: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, owed INTEGER NOT NULL)" },
  group_owed: { is: "(n INTEGER PRIMARY KEY AUTOINCREMENT, user TEXT NOT NULL, word TEXT NOT NULL)" },
} satisfies Readonly<Record<string, TableShape>>;

export type GroupTables = Tables<keyof typeof GROUP_TABLES>;
export const groupTables = (sql: TableSql): GroupTables => new Tables(sql, GROUP_TABLES);

type ListedRow = { user: string; until: number | null };
type AskingRow = { user: string; kind: string; by_user: string | null; reason: string; at: number };
type Stored = { user: string; role: string; joined_at: number; entered: number; intervals: string; attributes: string; shielded: number };

/** A membership in its object's SQLite: details and members are read once, then written through. */
export class MembershipTables implements MembershipStore {
  readonly #tables: GroupTables;
  #details: GroupDetails | undefined;
  #dismissed: boolean;
  readonly #members = new Map<UserId, MemberRow>();

  constructor(tables: GroupTables) {
    this.#tables = tables;
    const [row] = tables.read<{ details: string }>("group_details", "SELECT details FROM group_details");
    const kept = row === undefined ? undefined : (JSON.parse(row.details) as GroupDetails | null);
    this.#details = kept ?? undefined;
    this.#dismissed = kept === null;
    for (const stored of tables.read<Stored>("group_member", "SELECT * FROM group_member ORDER BY user")) this.#members.set(stored.user, memberOf(stored));
  }

  details(): GroupDetails | undefined {
    return this.#details;
  }

  setDetails(details: GroupDetails): void {
    this.#details = details;
    this.#tables.write("group_details", "INSERT OR REPLACE INTO group_details (one, details) VALUES (1, ?)", JSON.stringify(details));
  }

  member(user: UserId): MemberRow | undefined {
    return this.#members.get(user);
  }

  putMember(member: MemberRow): void {
    this.#members.set(member.user, member);
    const { user, role, joinedAt, entered, intervals, attributes, shielded } = member;
    this.#tables.write(
      "group_member",
      "INSERT OR REPLACE INTO group_member (user, role, joined_at, entered, intervals, attributes, shielded) VALUES (?, ?, ?, ?, ?, ?, ?)",
      user,
      role,
      joinedAt,
      entered,
      JSON.stringify(intervals),
      JSON.stringify(attributes),
      shielded ? 1 : 0,
    );
  }

  dropMember(user: UserId): void {
    this.#members.delete(user);
    this.#tables.change("group_member", "DELETE FROM group_member WHERE user = ?", user);
  }

  dismissed(): boolean {
    return this.#dismissed;
  }

  members(): number {
    return this.#members.size;
  }

  memberPage(after: UserId | undefined, limit: number): MemberRow[] {
    const query = "SELECT * FROM group_member WHERE user > ? ORDER BY user LIMIT ?";
    return this.#tables.read<Stored>("group_member", query, after ?? "", limit).map(memberOf);
  }

  admins(): UserId[] {
    return [...this.#members.values()].flatMap(({ user, role }) => (role === "admin" ? [user] : []));
  }

  owner(): UserId | undefined {
    for (const { user, role } of this.#members.values()) if (role === "owner") return user;
    return undefined;
  }

  past(user: UserId): readonly Interval[] {
    const [row] = this.#tables.read<{ intervals: string }>("group_past", "SELECT intervals FROM group_past WHERE user = ?", user);
    return row === undefined ? [] : (JSON.parse(row.intervals) as Interval[]);
  }

  setPast(user: UserId, intervals: readonly Interval[]): void {
    if (intervals.length === 0) this.#tables.change("group_past", "DELETE FROM group_past WHERE user = ?", user);
    else this.#tables.write("group_past", "INSERT OR REPLACE INTO group_past (user, intervals) VALUES (?, ?)", user, JSON.stringify(intervals));
  }

  listed(list: GroupList, user: UserId): Listed | undefined {
    return this.#tables.read<ListedRow>("group_listed", "SELECT user, until FROM group_listed WHERE list = ? AND user = ?", list, user).map(listedOf)[0];
  }

  putListed(list: GroupList, { user, until }: Listed): void {
    this.#tables.write("group_listed", "INSERT OR REPLACE INTO group_listed (list, user, until) VALUES (?, ?, ?)", list, user, until ?? null);
  }

  dropListed(list: GroupList, user: UserId): void {
    this.#tables.change("group_listed", "DELETE FROM group_listed WHERE list = ? AND user = ?", list, user);
  }

  countListed(list: GroupList): number {
    return this.#tables.read<{ n: number }>("group_listed", "SELECT count(*) AS n FROM group_listed WHERE list = ?", list)[0]?.n ?? 0;
  }

  listPage(list: GroupList, after: UserId | undefined, limit: number): Listed[] {
    const query = "SELECT user, until FROM group_listed WHERE list = ? AND user > ? ORDER BY user LIMIT ?";
    return this.#tables.read<ListedRow>("group_listed", query, list, after ?? "", limit).map(listedOf);
  }

  asking(user: UserId): Asking | undefined {
    return this.#tables.read<AskingRow>("group_asking", "SELECT * FROM group_asking WHERE user = ?", user).map(askingOf)[0];
  }

  putAsking({ user, kind, by, reason, at }: Asking): void {
    const statement = "INSERT OR REPLACE INTO group_asking (user, kind, by_user, reason, at) VALUES (?, ?, ?, ?, ?)";
    this.#tables.write("group_asking", statement, user, kind, by ?? null, reason, at);
  }

  dropAsking(user: UserId): void {
    this.#tables.change("group_asking", "DELETE FROM group_asking WHERE user = ?", user);
  }

  countAsking(kind: Asking["kind"]): number {
    return this.#tables.read<{ n: number }>("group_asking", "SELECT count(*) AS n FROM group_asking WHERE kind = ?", kind)[0]?.n ?? 0;
  }

  askingPage(kind: Asking["kind"], after: UserId | undefined, limit: number): Asking[] {
    const query = "SELECT * FROM group_asking WHERE kind = ? AND user > ? ORDER BY user LIMIT ?";
    return this.#tables.read<AskingRow>("group_asking", query, kind, after ?? "", limit).map(askingOf);
  }

  dismiss(): void {
    this.#details = undefined;
    this.#dismissed = true;
    this.#members.clear();
    this.#tables.write("group_details", "INSERT OR REPLACE INTO group_details (one, details) VALUES (1, 'null')");
    for (const table of ["group_member", "group_past", "group_listed", "group_asking", "group_file", "group_confirmed"] as const) {
      this.#tables.change(table, `DELETE FROM ${table}`);
    }
  }
}

const memberOf = ({ user, role, joined_at, entered, intervals, attributes, shielded }: Stored): MemberRow => ({
  user,
  role: role as MemberRow["role"],
  joinedAt: joined_at,
  entered,
  intervals: JSON.parse(intervals) as Interval[],
  attributes: JSON.parse(attributes) as Record<string, string>,
  shielded: shielded === 1,
});

const listedOf = ({ user, until }: ListedRow): Listed => ({ user, ...(until !== null && { until }) });

const askingOf = ({ user, kind, by_user, reason, at }: AskingRow): Asking => ({
  user,
  kind: kind as Asking["kind"],
  ...(by_user !== null && { by: by_user }),
  reason,
  at,
});
