import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { ContentType, MessageRecord, ReactionSummary } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { utf8Bytes } from "../../util/text.ts";
import type { ExportedMessage } from "./exporting.ts";
import { textOf } from "./growing.ts";
import { type Act, isFor, type StoredMessage } from "./message.ts";
import type { ReadableStore } from "./read-once.ts";
import type { Member, Reaction } from "./store.ts";

/** What a reader gets at once: it speaks for all of (after, upTo]. */
export interface Batch {
  readonly after: number;
  readonly upTo: number;
  readonly records: MessageRecord[];
}

export interface HistoryQuery {
  /** Older than this; or, with `after`, newer than that, oldest first. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly limit?: number | undefined;
  readonly types?: readonly ContentType[] | undefined;
  readonly senders?: readonly UserId[] | undefined;
  /** Unix ms: inclusive, exclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** One page, and where the next one goes on; without `next` there is none. */
export interface HistoryPage {
  readonly records: MessageRecord[];
  readonly next?: number;
}

/** Rows that one page looks through for what is asked before it hands back what it has, with a cursor. */
const LOOKED_THROUGH = 2_000;
const ROWS_PER_LOOK = 200;

/** A conversation as one of its members sees it. */
export class Reading {
  readonly #store: ReadableStore;
  readonly #member: Member;
  readonly #sees: ((seq: number) => boolean) | undefined;
  readonly #pins: ReadonlyMap<number, Act>;
  readonly #removed: ReadonlyMap<number, number>;

  /** `sees`: what there is for this member; undefined: all. */
  constructor(store: ReadableStore, member: Member, sees?: (seq: number) => boolean) {
    this.#sees = sees;
    this.#store = store;
    this.#member = member;
    this.#pins = store.pins();
    this.#removed = store.removed(member.user);
  }

  /** All that is new beyond `after`, or the first part of it. `head`: where the conversation stands. */
  since(after: number, head: number): Batch {
    const most = CHAT_LIMITS.chatSyncRecords;
    const messages = this.#store.after(after, most + 1);
    const changes = this.#store.changesAfter(after, most + 1);
    const steps = [
      ...messages.map((message) => ({ at: message.seq, message, had: undefined as number | undefined })),
      ...changes.flatMap(({ version, seq, user }) => {
        if (seq > after || (user !== undefined && user !== this.#member.user)) return [];
        const message = this.#store.message(seq);
        return message === undefined ? [] : [{ at: version, message, had: user === undefined && message.contentVersion <= after ? after : undefined }];
      }),
    ].sort((a, b) => a.at - b.at);
    // Beyond what was read of either there may be more.
    const known = Math.min(messages.length > most ? (messages.at(-1)?.seq ?? 0) - 1 : head, changes.length > most ? (changes.at(-1)?.version ?? 0) - 1 : head);
    const seen = new Set<number>();
    const records: MessageRecord[] = [];
    let bytes = 0;
    let upTo = after;
    for (const { at, message, had } of steps) {
      if (at > known) break;
      const record = seen.has(message.seq) ? undefined : this.record(message, had);
      bytes += record === undefined ? 0 : bytesOf(record);
      if (record !== undefined && records.length > 0 && (records.length >= most || bytes > CHAT_LIMITS.chatSyncBytes)) return { after, upTo, records };
      seen.add(message.seq);
      if (record !== undefined) records.push(record);
      upTo = at;
    }
    return { after, upTo: known, records };
  }

  /** The newest messages, for who begins here. */
  tail(head: number): Batch & { readonly complete: boolean } {
    const { records, more } = this.#page({ limit: CHAT_LIMITS.chatSyncTail });
    return { after: 0, upTo: head, records: records.reverse(), complete: !more };
  }

  /** One page, and where the next one goes on; undefined: there is no more. */
  history(query: HistoryQuery): HistoryPage {
    const { records, more, at } = this.#page(query);
    return more ? { records, next: at } : { records };
  }

  /** The same of what the database has: `rows` are those that come next, `more` says whether they are all. */
  archive(query: HistoryQuery, rows: readonly ExportedMessage[], more: boolean): HistoryPage {
    const records: MessageRecord[] = [];
    let at = query.after ?? query.before ?? 0;
    let bytes = 0;
    for (const row of rows) {
      const record = isMeant(row.message, query) ? this.archived(row) : undefined;
      const size = record === undefined || record.removed ? 0 : utf8Bytes(JSON.stringify(record));
      const full = records.length >= (query.limit ?? CHAT_LIMITS.chatPage) || (records.length > 0 && bytes + size > CHAT_LIMITS.chatSyncBytes);
      if (size > 0 && full) return { records, next: at };
      if (record !== undefined && size > 0) records.push(record);
      bytes += size;
      at = row.message.seq;
    }
    return more ? { records, next: at } : { records };
  }

  /** One that the database alone has. */
  archived({ message, reactions, pinned }: ExportedMessage): MessageRecord | undefined {
    return this.#shown(message, reactions, pinned, undefined);
  }

  /** As this member sees it. Undefined: it does not. `had`: it has what the message said at this number. */
  record(message: StoredMessage, had?: number): MessageRecord | undefined {
    return this.#shown(message, undefined, this.#pins.get(message.seq), had);
  }

  #shown(message: StoredMessage, given: readonly Reaction[] | undefined, pinned: Act | undefined, had: number | undefined): MessageRecord | undefined {
    const { user, cleared } = this.#member;
    if (message.seq <= cleared || !isFor(message, user) || this.#sees?.(message.seq) === false) return undefined;
    const { seq, from, ts, key } = message;
    const removal = this.#removed.get(seq);
    if (removal !== undefined) return { seq, version: Math.max(message.version, removal), from, ts, key, removed: true };
    if (message.recalled !== undefined) return { seq, version: message.version, from, ts, key, recalled: message.recalled };
    const reactions = given ?? this.#store.reactions(seq);
    const make = (): MessageRecord => this.#faceOf(message, summary(reactions, user), pinned, had);
    const { shared } = this.#store;
    // Who has given no reaction sees what all others see who have given none.
    if (shared === undefined || given !== undefined || reactions.some((one) => one.user === user)) return make();
    return shared(`record ${seq} ${had}`, make);
  }

  #faceOf(message: StoredMessage, reactions: readonly ReactionSummary[], pinned: Act | undefined, had: number | undefined): MessageRecord {
    const { seq, version, from, ts, key, content, ext, silent, receivers, mentions, confirm, edited } = message;
    const named = { seq, version, from, ts, key };
    const worn = { ...(pinned !== undefined && { pinned }), ...(reactions.length > 0 && { reactions: [...reactions] }) };
    const { growing, cut, grown = 0 } = message;
    const growth = { ...(growing && { growing }), ...(cut && { cut }) };
    if (had !== undefined && grown > had) return { ...named, ...worn, ...growth, grows: this.#grown(message, had) };
    if (had !== undefined) return { ...named, ...worn, face: true };
    return {
      ...named,
      ...(content !== undefined && { content }),
      ...(ext !== undefined && { ext }),
      ...(silent && { silent }),
      ...(receivers !== undefined && { receivers: [...receivers] }),
      ...(mentions !== undefined && { mentions: mentions === "all" ? mentions : [...mentions] }),
      ...(confirm && { confirm }),
      ...(edited !== undefined && { edited }),
      ...growth,
      ...worn,
    };
  }

  /** What was appended beyond `had`: of that, all is there. */
  #grown(message: StoredMessage, had: number): { at: number; text: string } {
    const pieces = this.#store.pieces(message.seq, had);
    return { at: pieces[0]?.at ?? textOf(message).length, text: pieces.map(({ text }) => text).join("") };
  }

  #page(query: HistoryQuery) {
    const { before, after, limit = CHAT_LIMITS.chatPage } = query;
    const rising = after !== undefined;
    const records: MessageRecord[] = [];
    let at = after ?? before ?? Number.MAX_SAFE_INTEGER;
    let bytes = 0;
    for (let looked = 0; looked < LOOKED_THROUGH; looked += ROWS_PER_LOOK) {
      const rows = rising ? this.#store.after(at, ROWS_PER_LOOK) : this.#store.before(at, ROWS_PER_LOOK);
      for (const message of rows) {
        const record = isMeant(message, query) ? this.record(message) : undefined;
        const size = record === undefined || record.removed ? 0 : utf8Bytes(JSON.stringify(record));
        if (size > 0 && (records.length >= limit || (records.length > 0 && bytes + size > CHAT_LIMITS.chatSyncBytes))) return { records, more: true, at };
        if (record !== undefined && size > 0) records.push(record);
        bytes += size;
        at = message.seq;
      }
      if (rows.length < ROWS_PER_LOOK || (!rising && at <= this.#member.cleared)) return { records, more: false, at };
    }
    return { records, more: true, at };
  }
}

/** A record is looked at for many who are told it. */
const SIZES = new WeakMap<MessageRecord, number>();
function bytesOf(record: MessageRecord): number {
  const known = SIZES.get(record) ?? utf8Bytes(JSON.stringify(record));
  SIZES.set(record, known);
  return known;
}

function isMeant({ type, from: sender, ts }: StoredMessage, { types, senders, from = 0, to = Number.POSITIVE_INFINITY }: HistoryQuery): boolean {
  return ts >= from && ts < to && (types === undefined || types.includes(type)) && (senders === undefined || senders.includes(sender));
}

/** In the order in which they were first given. */
export function summary(reactions: readonly Reaction[], reader: UserId): ReactionSummary[] {
  const found = new Map<string, { count: number; users: UserId[]; mine: boolean }>();
  for (const { reaction, user } of reactions) {
    const one = found.get(reaction) ?? { count: 0, users: [], mine: false };
    one.count += 1;
    if (one.users.length < CHAT_LIMITS.chatReactionUsers) one.users.push(user);
    one.mine ||= user === reader;
    found.set(reaction, one);
  }
  return [...found].map(([reaction, { count, users, mine }]) => ({ reaction, count, users, ...(mine && { mine: true as const }) }));
}
