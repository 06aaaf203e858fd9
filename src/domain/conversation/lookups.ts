import { type WireError, wireError } from "../../protocol/errors.ts";
import type { MessageRecord, Receipt } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { AuthorityPorts } from "./authority.ts";
import type { Conversation } from "./conversation.ts";
import type { StoredMessage } from "./message.ts";
import type { HistoryPage, HistoryQuery, Reading } from "./reading.ts";
import { type ReceiptCounts, type ReceiptsPage, receiptCounts, receiptsPage } from "./receipts.ts";
import type { Actor } from "./rules.ts";
import type { Member, Reaction } from "./store.ts";

/** Rows of the database that one page looks through. */
const ARCHIVED_AT_ONCE = 200;

export interface LookupParts extends Pick<AuthorityPorts, "store" | "group" | "archived" | "archivedAt"> {
  readonly conversation: Conversation;
  readonly reading: (member: Member) => Reading;
  /** How far everybody has it, and has read it, as it is known by now. */
  readonly receipts: () => Receipt[];
}

/** What is read of a conversation on demand: its history, single messages, pins, who reacted and who has read. Changes nothing. */
export class Lookups {
  readonly #of: LookupParts;

  constructor(parts: LookupParts) {
    this.#of = parts;
  }

  /** From here, and below that from the database. */
  async history(user: UserId, query: HistoryQuery): Promise<HistoryPage> {
    const member = this.#of.conversation.member(user);
    if (member === undefined) return { records: [] };
    const { number, floor } = this.#of.conversation.meta;
    const reading = this.#of.reading(member);
    const below = query.after === undefined ? (query.before ?? Number.MAX_SAFE_INTEGER) : query.after;
    const isBelow = query.after === undefined ? below <= floor + 1 : below < floor;
    const page: HistoryPage = isBelow ? { records: [] } : reading.history(query);
    if (floor <= Math.max(0, member.cleared) || (query.after !== undefined && !isBelow)) return page;
    // Where this page ends here, the next one goes on there; what is pinned is in both.
    if (!isBelow) return { records: page.records.filter(({ seq }) => seq > floor), next: Math.max(page.next ?? 0, floor + 1) };
    const rows = await this.#of.archived(number, below, floor, query.after !== undefined, ARCHIVED_AT_ONCE);
    const archived = reading.archive(query, rows, rows.length === ARCHIVED_AT_ONCE);
    // Upwards it goes on here.
    return query.after !== undefined && archived.next === undefined ? { ...archived, next: floor } : archived;
  }

  /** Of these messages those that the user sees, as they are now. */
  async records(user: UserId, seqs: readonly number[]): Promise<MessageRecord[]> {
    const member = this.#of.conversation.member(user);
    if (member === undefined) return [];
    const { store } = this.#of;
    const { number, floor } = this.#of.conversation.meta;
    const far = seqs.filter((seq) => seq <= floor && store.message(seq) === undefined);
    const archived = far.length === 0 ? [] : await this.#of.archivedAt(number, far);
    // Read when all is there: what was done meanwhile counts.
    const reading = this.#of.reading(member);
    const near = seqs.flatMap((seq) => store.message(seq) ?? []);
    const records = [...near.map((message) => reading.record(message)), ...archived.map((one) => reading.archived(one))];
    return records.flatMap((record) => record ?? []);
  }

  pins(user: UserId): MessageRecord[] {
    const member = this.#of.conversation.member(user);
    if (member === undefined) return [];
    const { store } = this.#of;
    const reading = this.#of.reading(member);
    const newest = [...store.pins()].sort(([, a], [, b]) => b.at - a.at);
    return newest.flatMap(([seq]) => {
      const message = store.message(seq);
      return (message === undefined ? undefined : reading.record(message)) ?? [];
    });
  }

  /** Who gave this reaction, by time, beyond the first `skip`. */
  reactors(
    actor: Actor,
    seq: number,
    reaction: string,
    skip: number,
    limit: number,
  ): Result<{ users: Omit<Reaction, "reaction">[]; more: boolean }, WireError> {
    const found = this.#of.conversation.open ? this.#of.conversation.reach(actor, seq) : err(wireError("not_found", { field: "seq" }));
    if (!found.ok) return found;
    const all = this.#of.store.reactions(seq).filter((one) => one.reaction === reaction);
    return ok({ users: all.slice(skip, skip + limit).map(({ user, at }) => ({ user, at })), more: all.length > skip + limit });
  }

  /** How many have a message, and have read it, its sender apart; and who of the members by name beyond `after`. */
  receiptsOf(actor: Actor, seq: number, after: UserId, limit: number): Result<ReceiptsPage, WireError> {
    const found = this.#of.conversation.open ? this.#of.conversation.reach(actor, seq) : err(wireError("not_found", { field: "seq" }));
    return found.ok ? ok(receiptsPage(this.#meant(found.value), seq, after, limit)) : found;
  }

  /** The same numbers of several messages; of those that the actor does not see, none. */
  receiptCounts(actor: Actor, seqs: readonly number[]): Result<{ readonly counts: readonly (ReceiptCounts & { readonly seq: number })[] }, WireError> {
    if (!this.#of.conversation.open) return ok({ counts: [] });
    const { group } = this.#of;
    const all = this.#of.receipts();
    const counts = [...new Set(seqs)].flatMap((seq) => {
      const found = this.#of.conversation.reach(actor, seq);
      if (!found.ok || (!actor.server && group?.sees(actor.user, seq) === false)) return [];
      return [{ seq, ...receiptCounts(this.#meant(found.value, all), seq) }];
    });
    return ok({ counts });
  }

  /** Of those whom a message was for, its sender apart. Who came later has read all there was, and was not meant. */
  #meant({ seq, from, receivers }: StoredMessage, all: readonly Receipt[] = this.#of.receipts()): Receipt[] {
    const { group } = this.#of;
    return all.filter(({ user }) => user !== from && (group === undefined || group.sees(user, seq)) && (receivers === undefined || receivers.includes(user)));
  }
}
