import { refKey } from "../../protocol/conversation-name.ts";
import type { MessageRecord } from "./message.ts";
import { Search, type Sought } from "./search.ts";
import type { ChatStore, Found, Known, LocalConversation, Pending, Writes } from "./store.ts";

type Value = string | number | null | Uint8Array;

/** What the store needs of a database: `DatabaseSync` of `node:sqlite` has it, and so have others of its kind. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

export interface SqliteStatement {
  run(...values: Value[]): unknown;
  get(...values: Value[]): unknown;
  all(...values: Value[]): unknown[];
}

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS chat_list (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS chat_conversations (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS chat_messages (key TEXT NOT NULL, seq INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key, seq)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS chat_outbox (key TEXT PRIMARY KEY, place INTEGER NOT NULL, value TEXT NOT NULL, file BLOB, type TEXT);
  CREATE TABLE IF NOT EXISTS chat_values (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`;

/** Messages looked at in one stretch of a search. */
const STRETCH = 2_000;

interface OutboxRow {
  readonly value: string;
  readonly file: Uint8Array<ArrayBuffer> | null;
  readonly type: string | null;
}

/**
 * Keeps a user's chats in a SQLite database, one for each app and user. It is closed with the chats.
 *
 * @example
 * import { DatabaseSync } from "node:sqlite";
 * const chats = await openChat(me, { store: new SqliteStore(new DatabaseSync("chats.db")) });
 */
export class SqliteStore implements ChatStore {
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(database: SqliteDatabase) {
    this.#database = database;
    database.exec(TABLES);
  }

  async load(): Promise<Known> {
    const list = this.#sql("SELECT revision FROM chat_list WHERE id = 0").get() as { revision: number } | undefined;
    const outbox = this.#sql("SELECT value, file, type FROM chat_outbox ORDER BY place").all() as OutboxRow[];
    const values = this.#sql("SELECT name, value FROM chat_values").all() as { name: string; value: string }[];
    return {
      revision: list?.revision ?? 0,
      conversations: this.#read<LocalConversation>("SELECT value FROM chat_conversations"),
      outbox: outbox.map(({ value, file, type }) => ({
        ...(JSON.parse(value) as Pending),
        ...(file !== null && { file: new Blob([file], { type: type ?? "" }) }),
      })),
      values: new Map(values.map(({ name, value }) => [name, JSON.parse(value) as unknown])),
    };
  }

  async write(writes: Writes): Promise<void> {
    const files = new Map<string, Uint8Array>();
    for (const { key, file } of writes.pending ?? []) if (file !== undefined) files.set(key, new Uint8Array(await file.arrayBuffer()));
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      this.#put(writes, files);
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  async records(key: string, seqs: readonly number[]): Promise<MessageRecord[]> {
    return this.#read("SELECT value FROM chat_messages WHERE key = ? AND seq IN (SELECT value FROM json_each(?))", key, JSON.stringify(seqs)).sort(
      (a: MessageRecord, b: MessageRecord) => seqs.indexOf(a.seq) - seqs.indexOf(b.seq),
    );
  }

  async page(key: string, before: number, limit: number): Promise<MessageRecord[]> {
    return this.#read("SELECT value FROM chat_messages WHERE key = ? AND seq < ? ORDER BY seq DESC LIMIT ?", key, before, limit);
  }

  async newer(key: string, after: number, limit: number): Promise<MessageRecord[]> {
    return this.#read("SELECT value FROM chat_messages WHERE key = ? AND seq > ? ORDER BY seq LIMIT ?", key, after, limit);
  }

  async search(sought: Sought, limit: number): Promise<Found[]> {
    const search = new Search(sought, limit);
    const keys = sought.key === undefined ? (this.#sql("SELECT key FROM chat_conversations").all() as { key: string }[]).map(({ key }) => key) : [sought.key];
    for (const key of keys) {
      for (let after = 0, more = true; more; ) {
        const stretch = await this.newer(key, after, STRETCH);
        for (const record of stretch) search.look(key, record);
        after = stretch.at(-1)?.seq ?? after;
        more = stretch.length === STRETCH;
      }
    }
    return search.found;
  }

  close(): void {
    this.#database.close();
  }

  #put({ revision, conversations, messages, pending, sent, values }: Writes, files: ReadonlyMap<string, Uint8Array>): void {
    if (revision !== undefined) this.#sql("INSERT OR REPLACE INTO chat_list VALUES (0, ?)").run(revision);
    for (const one of conversations ?? [])
      this.#sql("INSERT OR REPLACE INTO chat_conversations VALUES (?, ?)").run(refKey(one.conversation), JSON.stringify(one));
    if (messages !== undefined) {
      const { key, clear, records } = messages;
      if (clear !== undefined) this.#sql("DELETE FROM chat_messages WHERE key = ? AND seq <= ?").run(key, clear);
      for (const record of records) this.#sql("INSERT OR REPLACE INTO chat_messages VALUES (?, ?, ?)").run(key, record.seq, JSON.stringify(record));
    }
    for (const { file, ...one } of pending ?? [])
      this.#sql("INSERT OR REPLACE INTO chat_outbox VALUES (?, ?, ?, ?, ?)").run(
        one.key,
        one.order,
        JSON.stringify(one),
        files.get(one.key) ?? null,
        file?.type ?? null,
      );
    for (const key of sent ?? []) this.#sql("DELETE FROM chat_outbox WHERE key = ?").run(key);
    for (const [name, value] of values ?? []) {
      if (value === undefined) this.#sql("DELETE FROM chat_values WHERE name = ?").run(name);
      else this.#sql("INSERT OR REPLACE INTO chat_values VALUES (?, ?)").run(name, JSON.stringify(value));
    }
  }

  #read<Kept = MessageRecord>(sql: string, ...values: Value[]): Kept[] {
    return (this.#sql(sql).all(...values) as { value: string }[]).map(({ value }) => JSON.parse(value) as Kept);
  }

  #sql(sql: string): SqliteStatement {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}
