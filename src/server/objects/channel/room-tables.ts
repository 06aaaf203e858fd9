import type { Listed } from "../../../domain/membership/store.ts";
import type { RoomStore, Staff } from "../../../domain/room/store.ts";
import type { GroupList } from "../../../protocol/messages/group.ts";
import type { RoomDetails, RoomEdit, RoomKey, RoomPin } from "../../../protocol/messages/room.ts";
import type { UserId } from "../../../protocol/names.ts";
import { type TableShape, Tables } from "../shell/tables.ts";

const ROOM_TABLES = {
  room: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), details TEXT NOT NULL)" },
  room_revision: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL)" },
  room_staff: { is: "(user TEXT PRIMARY KEY, role TEXT NOT NULL) WITHOUT ROWID" },
  room_listed: { is: "(list TEXT NOT NULL, user TEXT NOT NULL, until INTEGER, PRIMARY KEY (list, user)) WITHOUT ROWID" },
  room_tagged: { is: "(user TEXT PRIMARY KEY, tags TEXT NOT NULL) WITHOUT ROWID" },
  room_key: { is: "(key TEXT PRIMARY KEY, value TEXT NOT NULL, owner TEXT NOT NULL, auto INTEGER NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID" },
  room_recalled: { is: "(id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID" },
  room_edited: { is: "(id TEXT PRIMARY KEY, at INTEGER NOT NULL, edit TEXT NOT NULL) WITHOUT ROWID" },
  room_pin: { is: "(id TEXT PRIMARY KEY, pin TEXT NOT NULL) WITHOUT ROWID" },
} satisfies Readonly<Record<string, TableShape>>;
type Table = keyof typeof ROOM_TABLES;

type ListedRow = { user: string; until: number | null };
type KeyRow = { key: string; value: string; owner: string; auto: number; revision: number };

/** A chat room in its object's SQLite: what is asked with every message is read once, then written through. */
export class RoomTables implements RoomStore {
  readonly #tables: Tables<Table>;
  #details: RoomDetails | undefined;
  #dismissed: boolean;
  #revision: number;
  readonly #staff: Map<UserId, Staff>;
  readonly #keys: Map<string, RoomKey>;
  readonly #tags: Map<UserId, readonly string[]>;

  constructor(sql: SqlStorage) {
    this.#tables = new Tables(sql, ROOM_TABLES);
    const tables = this.#tables;
    const [row] = tables.read<{ details: string }>("room", "SELECT details FROM room");
    const kept = row === undefined ? undefined : (JSON.parse(row.details) as RoomDetails | null);
    this.#details = kept ?? undefined;
    this.#dismissed = kept === null;
    this.#revision = tables.read<{ revision: number }>("room_revision", "SELECT revision FROM room_revision")[0]?.revision ?? 0;
    const staff = tables.read<{ user: string; role: Staff }>("room_staff", "SELECT user, role FROM room_staff");
    this.#staff = new Map(staff.map(({ user, role }) => [user, role]));
    this.#keys = new Map(tables.read<KeyRow>("room_key", "SELECT * FROM room_key").map((each) => [each.key, keyOf(each)]));
    const tagged = tables.read<{ user: string; tags: string }>("room_tagged", "SELECT user, tags FROM room_tagged");
    this.#tags = new Map(tagged.map(({ user, tags }) => [user, JSON.parse(tags) as string[]]));
  }

  details(): RoomDetails | undefined {
    return this.#details;
  }

  setDetails(details: RoomDetails): void {
    this.#details = details;
    this.#tables.write("room", "INSERT OR REPLACE INTO room (one, details) VALUES (1, ?)", JSON.stringify(details));
  }

  dismiss(): void {
    this.#details = undefined;
    this.#dismissed = true;
    for (const map of [this.#staff, this.#keys, this.#tags]) map.clear();
    this.#tables.write("room", "INSERT OR REPLACE INTO room (one, details) VALUES (1, 'null')");
    for (const table of ["room_staff", "room_listed", "room_tagged", "room_key", "room_recalled", "room_edited", "room_pin"] as const) {
      this.#tables.change(table, `DELETE FROM ${table}`);
    }
  }

  dismissed(): boolean {
    return this.#dismissed;
  }

  staff(): ReadonlyMap<UserId, Staff> {
    return this.#staff;
  }

  putStaff(user: UserId, role: Staff): void {
    this.#staff.set(user, role);
    this.#tables.write("room_staff", "INSERT OR REPLACE INTO room_staff (user, role) VALUES (?, ?)", user, role);
  }

  dropStaff(user: UserId): void {
    if (this.#staff.delete(user)) this.#tables.change("room_staff", "DELETE FROM room_staff WHERE user = ?", user);
  }

  listed(list: GroupList, user: UserId): Listed | undefined {
    return this.#tables.read<ListedRow>("room_listed", "SELECT user, until FROM room_listed WHERE list = ? AND user = ?", list, user).map(listedOf)[0];
  }

  putListed(list: GroupList, { user, until }: Listed): void {
    this.#tables.write("room_listed", "INSERT OR REPLACE INTO room_listed (list, user, until) VALUES (?, ?, ?)", list, user, until ?? null);
  }

  dropListed(list: GroupList, user: UserId): void {
    this.#tables.change("room_listed", "DELETE FROM room_listed WHERE list = ? AND user = ?", list, user);
  }

  countListed(list: GroupList): number {
    return this.#tables.read<{ n: number }>("room_listed", "SELECT count(*) AS n FROM room_listed WHERE list = ?", list)[0]?.n ?? 0;
  }

  listPage(list: GroupList, after: UserId | undefined, limit: number): Listed[] {
    const query = "SELECT user, until FROM room_listed WHERE list = ? AND user > ? ORDER BY user LIMIT ?";
    return this.#tables.read<ListedRow>("room_listed", query, list, after ?? "", limit).map(listedOf);
  }

  tagsOf(user: UserId): readonly string[] {
    return this.#tags.get(user) ?? [];
  }

  setTags(user: UserId, tags: readonly string[]): void {
    if (tags.length === 0) {
      this.#tags.delete(user);
      return this.#tables.change("room_tagged", "DELETE FROM room_tagged WHERE user = ?", user);
    }
    this.#tags.set(user, tags);
    this.#tables.write("room_tagged", "INSERT OR REPLACE INTO room_tagged (user, tags) VALUES (?, ?)", user, JSON.stringify(tags));
  }

  countTagged(): number {
    return this.#tags.size;
  }

  revision(): number {
    return this.#revision;
  }

  keys(): ReadonlyMap<string, RoomKey> {
    return this.#keys;
  }

  changeKeys(set: readonly RoomKey[], removed: readonly string[], revision: number): void {
    for (const one of set) {
      this.#keys.set(one.key, one);
      const { key, value, owner, auto } = one;
      const statement = "INSERT OR REPLACE INTO room_key (key, value, owner, auto, revision) VALUES (?, ?, ?, ?, ?)";
      this.#tables.write("room_key", statement, key, value, owner, auto === true ? 1 : 0, one.revision);
    }
    for (const key of removed) {
      this.#keys.delete(key);
      this.#tables.change("room_key", "DELETE FROM room_key WHERE key = ?", key);
    }
    this.#revision = revision;
    this.#tables.write("room_revision", "INSERT OR REPLACE INTO room_revision (one, revision) VALUES (1, ?)", revision);
  }

  isRecalled(id: string): boolean {
    return this.#tables.read("room_recalled", "SELECT 1 FROM room_recalled WHERE id = ?", id).length > 0;
  }

  putRecalled(id: string, at: number): void {
    this.#tables.write("room_recalled", "INSERT OR REPLACE INTO room_recalled (id, at) VALUES (?, ?)", id, at);
  }

  countRecalled(): number {
    return this.#tables.read<{ n: number }>("room_recalled", "SELECT count(*) AS n FROM room_recalled")[0]?.n ?? 0;
  }

  forgetRecalled(before: number): void {
    this.#tables.change("room_recalled", "DELETE FROM room_recalled WHERE at < ?", before);
  }

  edited(id: string): RoomEdit | undefined {
    const [row] = this.#tables.read<{ edit: string }>("room_edited", "SELECT edit FROM room_edited WHERE id = ?", id);
    return row === undefined ? undefined : (JSON.parse(row.edit) as RoomEdit);
  }

  putEdited(edit: RoomEdit): void {
    const statement = "INSERT OR REPLACE INTO room_edited (id, at, edit) VALUES (?, ?, ?)";
    this.#tables.write("room_edited", statement, edit.id, edit.edited.at, JSON.stringify(edit));
  }

  dropEdited(id: string): void {
    this.#tables.change("room_edited", "DELETE FROM room_edited WHERE id = ?", id);
  }

  countEdited(): number {
    return this.#tables.read<{ n: number }>("room_edited", "SELECT count(*) AS n FROM room_edited")[0]?.n ?? 0;
  }

  forgetEdited(before: number): void {
    this.#tables.change("room_edited", "DELETE FROM room_edited WHERE at < ?", before);
  }

  pins(): RoomPin[] {
    return this.#tables.read<{ pin: string }>("room_pin", "SELECT pin FROM room_pin").map(({ pin }) => JSON.parse(pin) as RoomPin);
  }

  putPin(pin: RoomPin): void {
    this.#tables.write("room_pin", "INSERT OR REPLACE INTO room_pin (id, pin) VALUES (?, ?)", pin.message.id, JSON.stringify(pin));
  }

  dropPin(id: string): void {
    this.#tables.change("room_pin", "DELETE FROM room_pin WHERE id = ?", id);
  }
}

const listedOf = ({ user, until }: ListedRow): Listed => ({ user, ...(until !== null && { until }) });
const keyOf = ({ key, value, owner, auto, revision }: KeyRow): RoomKey => ({ key, value, owner, revision, ...(auto === 1 && { auto: true as const }) });
