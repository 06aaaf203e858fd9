import type { ConversationAuthority } from "../../../domain/conversation/authority.ts";
import type { StoredMessage } from "../../../domain/conversation/message.ts";
import type { Actor } from "../../../domain/conversation/rules.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import type { UserId } from "../../../protocol/names.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { GroupTables } from "./membership-tables.ts";

interface Confirmed {
  readonly user: UserId;
  readonly at: number;
  readonly content?: string;
}
type Row = { user: string; at: number; content: string | null };

/** Who says to have read a message whose sender has asked: a row each, told to the sender as far as it is there. */
export class Confirmations {
  readonly #tables: GroupTables;
  readonly #conversation: ConversationAuthority;

  constructor(tables: GroupTables, conversation: ConversationAuthority) {
    this.#tables = tables;
    this.#conversation = conversation;
  }

  /** What was said first stands. */
  confirm(actor: Actor, seq: number, content: string | undefined, now: number): Result<{ readonly count: number }, WireError> {
    const found = this.#found(actor, seq);
    if (!found.ok) return found;
    const { from, confirm } = found.value;
    if (!confirm) return err(wireError("bad_request", { field: "seq", message: "its sender asks for no confirmation" }));
    if (from === actor.user) return err(wireError("forbidden", { field: "seq", message: "nobody confirms a message of one's own" }));
    const insert = "INSERT OR IGNORE INTO group_confirmed (seq, user, at, content) VALUES (?, ?, ?, ?) RETURNING user";
    const isNew = this.#tables.write("group_confirmed", insert, seq, actor.user, now, content ?? null).toArray().length > 0;
    const count = this.#count(seq);
    if (isNew) this.#conversation.tellEvent({ kind: "confirmed", from: actor.user, seq, count, ...(content !== undefined && { content }) }, [from]);
    return ok({ count });
  }

  /** Those by name beyond `after`. */
  page(
    actor: Actor,
    seq: number,
    after: UserId,
    limit: number,
  ): Result<{ readonly count: number; readonly users: Confirmed[]; readonly next?: UserId }, WireError> {
    const found = this.#found(actor, seq);
    if (!found.ok) return found;
    const query = "SELECT user, at, content FROM group_confirmed WHERE seq = ? AND user > ? ORDER BY user LIMIT ?";
    const rows = this.#tables.read<Row>("group_confirmed", query, seq, after, limit + 1);
    const users = rows.slice(0, limit).map(({ user, at, content }) => ({ user, at, ...(content !== null && { content }) }));
    const next = rows.length > limit ? users.at(-1)?.user : undefined;
    return ok({ count: this.#count(seq), users, ...(next !== undefined && { next }) });
  }

  /** Of messages below `oldest`, which are here no more. */
  prune(oldest: number): void {
    this.#tables.change("group_confirmed", "DELETE FROM group_confirmed WHERE seq < ?", oldest);
  }

  #found(actor: Actor, seq: number): Result<StoredMessage, WireError> {
    const { conversation } = this.#conversation;
    return conversation.open ? conversation.reach(actor, seq) : err(wireError("not_found", { field: "seq" }));
  }

  #count(seq: number): number {
    return this.#tables.read<{ n: number }>("group_confirmed", "SELECT count(*) AS n FROM group_confirmed WHERE seq = ?", seq)[0]?.n ?? 0;
  }
}
