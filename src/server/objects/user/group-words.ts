import type { GroupWord } from "../../../domain/membership/authority.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { UserTables } from "./schema.ts";

/** A word that came when no device was there. */
export interface KeptWord {
  readonly group: string;
  readonly at: number;
  readonly word: GroupWord;
}

export type Invitation = OutputOf<"group.invitations">["invitations"][number];

type InvitationRow = { group_id: string; by_user: string; reason: string; at: number };

/** What groups have said to this user: invitations until they are answered, and words that no device has heard. Both come from anybody, so the oldest make room. */
export class GroupWords {
  readonly #tables: UserTables;
  readonly #user: UserId;
  /** Groups that have invited; read at the first need. */
  #invited: Set<string> | undefined;

  constructor(tables: UserTables, user: UserId) {
    this.#tables = tables;
    this.#user = user;
  }

  /** What a word says of invitations. */
  heard(group: string, { event, gone }: GroupWord, now: number): void {
    if (event?.kind === "invited" && event.user === this.#user) return this.#invite({ group, by: event.by, reason: event.reason, at: now });
    if (gone !== undefined || (event !== undefined && ENDS.has(event.kind))) this.answered(group);
  }

  /** The user is a member, has said no, or there is nothing left to say yes to. */
  answered(group: string): void {
    if (this.#groups().delete(group)) this.#tables.change("group_invitation", "DELETE FROM group_invitation WHERE group_id = ?", group);
  }

  /** The newest first. */
  invitations(): Invitation[] {
    const rows = this.#tables.read<InvitationRow>("group_invitation", "SELECT group_id, by_user, reason, at FROM group_invitation ORDER BY at DESC, group_id");
    return rows.map(({ group_id, by_user, reason, at }) => ({ group: group_id, by: by_user, reason, at }));
  }

  keep(kept: KeptWord): void {
    this.#tables.write("group_word", "INSERT INTO group_word (kept) VALUES (?)", JSON.stringify(kept));
    const oldest = "DELETE FROM group_word WHERE n <= (SELECT n FROM group_word ORDER BY n DESC LIMIT 1 OFFSET ?)";
    this.#tables.change("group_word", oldest, GROUP_LIMITS.wordsKept);
  }

  /** In the order in which they came; they are heard now. */
  takeKept(): KeptWord[] {
    const rows = this.#tables.read<{ kept: string }>("group_word", "SELECT kept FROM group_word ORDER BY n");
    if (rows.length > 0) this.#tables.change("group_word", "DELETE FROM group_word");
    return rows.map(({ kept }) => JSON.parse(kept) as KeptWord);
  }

  #invite({ group, by, reason, at }: Invitation): void {
    const groups = this.#groups();
    this.#tables.write(
      "group_invitation",
      "INSERT OR REPLACE INTO group_invitation (group_id, by_user, reason, at) VALUES (?, ?, ?, ?)",
      group,
      by,
      reason,
      at,
    );
    groups.add(group);
    for (const { group: oldest } of this.invitations().slice(GROUP_LIMITS.invitationsKept)) this.answered(oldest);
  }

  #groups(): Set<string> {
    this.#invited ??= new Set(
      this.#tables.read<{ group_id: string }>("group_invitation", "SELECT group_id FROM group_invitation").map(({ group_id }) => group_id),
    );
    return this.#invited;
  }
}

/** Events after which an invitation is none any more. */
const ENDS: ReadonlySet<string> = new Set(["added", "applicationAccepted", "dismissed", "removed"]);
