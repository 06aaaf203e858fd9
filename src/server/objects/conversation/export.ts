import type { Conversation } from "../../../domain/conversation/conversation.ts";
import { type ExportedMessage, expiredUpTo, exportBatch } from "../../../domain/conversation/exporting.ts";
import type { ConversationStore } from "../../../domain/conversation/store.ts";
import { CHAT_LIMITS } from "../../../protocol/chat-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import { putHours } from "../../history/chat-hours.ts";
import { dropIndexed, indexMessage } from "../../history/chat-search.ts";
import { historyDb } from "../../history/pages.ts";
import { logLine, messageOf } from "../../log.ts";

/** One D1 transaction: 50 rows keep a database at its best. */
const MESSAGES_PER_BATCH = 50;
/** Batches in one alarm; the next one follows at once. */
const BATCHES_PER_RUN = 10;
const BACKOFF_MIN_MS = 2_000;
const BACKOFF_MAX_MS = 60_000;
/** Removed in one turn. */
const DROPPED_PER_RUN = 500;

const PUT = `INSERT INTO chat_messages (app, number, seq, version, sender, ts, type, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET version = excluded.version, message = excluded.message WHERE excluded.version >= version`;
const NAME = "INSERT OR REPLACE INTO chat_conversations (app, number, name) VALUES (?, ?, ?)";
const READ_OLDER = "SELECT message FROM chat_messages WHERE app = ? AND number = ? AND seq < ? AND seq <= ? ORDER BY seq DESC LIMIT ?";
const READ_NEWER = "SELECT message FROM chat_messages WHERE app = ? AND number = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?";
const READ_SOME = "SELECT message FROM chat_messages WHERE app = ? AND number = ? AND seq IN (SELECT value FROM json_each(?)) ORDER BY seq";
const NEWEST_UNTIL = "SELECT seq FROM chat_messages WHERE app = ? AND number = ? AND seq <= ? AND ts <= ? ORDER BY seq DESC LIMIT 1";
const EXPIRE = "DELETE FROM chat_messages WHERE app = ? AND number = ? AND seq <= ? AND ts < ?";

/** What the app wants of what is exported. */
export interface Keeping {
  /** How long messages are kept. */
  readonly ageMs: number;
  /** Whether they are found by their words. */
  readonly search: boolean;
}

/**
 * Copies a conversation's messages to D1, removes those that are too old, and those that the database alone has to keep. The
 * conversation is the outbox: nothing is lost by stopping anywhere, and doing a batch again changes nothing.
 */
export class ConversationExporter {
  readonly #db: D1Database | undefined;
  readonly #app: string;
  readonly #name: string;
  readonly #users: readonly UserId[];
  #failures = 0;
  /** Whether it has looked, in this life, for what is too old and in the database alone. */
  #looked = false;

  constructor(db: D1Database | undefined, app: string, name: string, users: readonly UserId[]) {
    this.#db = db === undefined ? undefined : historyDb(db, app, `conversation:${name}`);
    this.#app = app;
    this.#name = name;
    this.#users = users;
  }

  /** Ms until it wants to go on; undefined when all is done. */
  async run(conversation: Conversation, store: ConversationStore, keeping: Keeping, nowMs: number): Promise<number | undefined> {
    const { ageMs, search } = keeping;
    try {
      for (let batch = 0; batch < BATCHES_PER_RUN && conversation.meta.exported < conversation.head; batch++) await this.#export(conversation, store, search);
      if (conversation.meta.exported < conversation.head) return 0;
      const left = await this.#expire(conversation, store, nowMs - ageMs);
      this.#failures = 0;
      return left ? 0 : trim(conversation, store) ? 0 : untilExpiry(store, ageMs, nowMs);
    } catch (error) {
      this.#failures += 1;
      logLine("conversation.export-failed", { failures: this.#failures, message: messageOf(error) });
      return Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(this.#failures - 1, 10));
    }
  }

  /** Messages up to `floor`, which the database alone has: beyond `seq`, in the direction of reading. */
  async read(number: number, seq: number, floor: number, newer: boolean, limit: number): Promise<ExportedMessage[]> {
    if (this.#db === undefined) return [];
    const { results } = await this.#db
      .prepare(newer ? READ_NEWER : READ_OLDER)
      .bind(this.#app, number, seq, floor, limit)
      .all<{ message: string }>();
    return results.map(({ message }) => JSON.parse(message) as ExportedMessage);
  }

  /** Those of these that the database has. */
  async readSome(number: number, seqs: readonly number[]): Promise<ExportedMessage[]> {
    if (this.#db === undefined || seqs.length === 0) return [];
    const { results } = await this.#db.prepare(READ_SOME).bind(this.#app, number, JSON.stringify(seqs)).all<{ message: string }>();
    return results.map(({ message }) => JSON.parse(message) as ExportedMessage);
  }

  /** The newest message up to `floor` that is no newer than `ts`. */
  async newestUntil(number: number, ts: number, floor: number): Promise<number> {
    return (await this.#db?.prepare(NEWEST_UNTIL).bind(this.#app, number, floor, ts).first<number>("seq")) ?? 0;
  }

  async #export(conversation: Conversation, store: ConversationStore, search: boolean): Promise<void> {
    const { number, exported } = conversation.meta;
    const { upTo, messages } = exportBatch(store, exported, conversation.head, MESSAGES_PER_BATCH);
    // No database here (a bare workerd): all stays in the object.
    const db = this.#db;
    if (db !== undefined && messages.length > 0) {
      const put = db.prepare(PUT);
      const rows = messages.map((one) => put.bind(...this.#row(number, one)));
      const named = exported === 0 ? [db.prepare(NAME).bind(this.#app, number, this.#name)] : [];
      // What only wears something else has the words it had.
      const said = search ? messages.filter(({ message }) => Math.max(message.contentVersion, message.grown ?? 0) > exported && !message.growing) : [];
      const of = { app: this.#app, name: this.#name, number, users: this.#users };
      const hours = putHours(
        db,
        this.#app,
        number,
        messages.map(({ message }) => message),
      );
      await db.batch([...named, ...rows, ...hours, ...said.flatMap(({ message }) => indexMessage(db, of, message))]);
    }
    conversation.saveMeta({ ...conversation.meta, exported: upTo });
  }

  #row(number: number, { message, reactions, pinned }: ExportedMessage): (string | number)[] {
    const { seq, version, from, ts, type } = message;
    return [this.#app, number, seq, version, from, ts, type, JSON.stringify({ message, reactions, ...(pinned !== undefined && { pinned }) })];
  }

  /** True if there is more. What is pinned stays. */
  async #expire(conversation: Conversation, store: ConversationStore, before: number): Promise<boolean> {
    const upTo = expiredUpTo(store, before, DROPPED_PER_RUN);
    const { floor } = conversation.meta;
    if (floor > 0 && !this.#looked) await this.#remove(conversation.meta.number, floor, before);
    this.#looked = true;
    if (upTo === 0) return false;
    await this.#remove(conversation.meta.number, upTo, before);
    conversation.saveMeta({ ...conversation.meta, head: conversation.head });
    const dropped = store.dropMessages(upTo, DROPPED_PER_RUN, true);
    conversation.recount();
    return dropped === DROPPED_PER_RUN;
  }

  async #remove(number: number, upTo: number, before: number): Promise<void> {
    const db = this.#db;
    if (db !== undefined) await db.batch([...dropIndexed(db, this.#app, number, upTo, before), db.prepare(EXPIRE).bind(this.#app, number, upTo, before)]);
  }
}

/** Ms until the oldest is too old, if nothing comes before; what is pinned does not count. */
function untilExpiry(store: ConversationStore, ageMs: number, nowMs: number): number | undefined {
  const newest = store.before(Number.MAX_SAFE_INTEGER, 1)[0];
  if (newest === undefined || store.pins().has(newest.seq)) return undefined;
  return Math.max(1_000, newest.ts + ageMs - nowMs + 1);
}

/** Keeps the object small: what is in the database, and long ago, is there alone. True if there is more to do. */
function trim(conversation: Conversation, store: ConversationStore): boolean {
  const { head, meta } = conversation;
  const floor = head - CHAT_LIMITS.chatMessagesKept;
  const changesFloor = head - CHAT_LIMITS.chatChanges;
  const tooManyChanges = changesFloor - meta.changesFloor > CHAT_LIMITS.chatChanges;
  const tooManyMessages = floor - meta.floor > DROPPED_PER_RUN;
  if (!tooManyChanges && !tooManyMessages) return false;
  conversation.saveMeta({
    ...meta,
    head,
    ...(tooManyChanges && { changesFloor }),
    ...(tooManyMessages && { floor: meta.floor + DROPPED_PER_RUN }),
  });
  if (tooManyChanges) store.dropChanges(changesFloor);
  if (tooManyMessages) store.dropMessages(meta.floor + DROPPED_PER_RUN, DROPPED_PER_RUN, false);
  if (tooManyMessages) conversation.recount();
  return tooManyMessages;
}
