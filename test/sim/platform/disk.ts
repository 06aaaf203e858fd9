import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { deserialize, serialize } from "node:v8";

/** When an object's alarm is due, by its own clock; `ringing`: its handler has begun and not ended well. */
export interface Alarm {
  readonly due: number | undefined;
  readonly ringing: number | undefined;
}

const QUIET: Alarm = { due: undefined, ringing: undefined };
const READS = /^\s*(select|explain|with(?![\s\S]*\b(insert|update|delete)\b))/i;

/** What an object leaves behind: its SQLite database, keys and values, and its alarm. Writes are lost unless they are committed. */
export class Disk {
  readonly #db = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();
  readonly #wrote: () => void;
  #open = false;
  #alarm = QUIET;
  #committedAlarm = QUIET;

  /** `wrote` is told of the first write of each transaction. */
  constructor(wrote: () => void) {
    this.#wrote = wrote;
    this.#db.exec("CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID");
  }

  get dirty(): boolean {
    return this.#open;
  }

  get alarm(): Alarm {
    return this.#alarm;
  }

  set alarm(alarm: Alarm) {
    this.#begin();
    this.#alarm = alarm;
  }

  /** Rows of the statement; of several statements, none. */
  exec(sql: string, values: readonly unknown[]): Record<string, unknown>[] {
    if (!READS.test(sql)) this.#begin();
    if (values.length === 0 && isSeveral(sql)) {
      this.#db.exec(sql);
      return [];
    }
    return this.#prepared(sql)
      .all(...values.map(bound))
      .map(unbound);
  }

  /** Rows that the last statement changed. */
  get changed(): number {
    return Number(this.#prepared("SELECT changes() AS n").get()?.n ?? 0);
  }

  get(key: string): unknown {
    const value = this.#prepared("SELECT value FROM _cf_KV WHERE key = ?").get(key)?.value;
    return value instanceof Uint8Array ? deserialize(value) : undefined;
  }

  put(key: string, value: unknown): void {
    this.#begin();
    this.#prepared("INSERT OR REPLACE INTO _cf_KV (key, value) VALUES (?, ?)").run(key, serialize(value));
  }

  delete(key: string): boolean {
    this.#begin();
    return Number(this.#prepared("DELETE FROM _cf_KV WHERE key = ?").run(key).changes) > 0;
  }

  clear(): void {
    this.#begin();
    this.#db.exec("DELETE FROM _cf_KV");
    for (const { name } of this.#db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").all()) {
      this.#db.exec(`DROP TABLE "${String(name)}"`);
    }
    this.#alarm = { ...this.#alarm, due: undefined };
  }

  savepoint<T>(run: () => T): T {
    this.#begin();
    this.#db.exec("SAVEPOINT inner_transaction");
    try {
      const result = run();
      this.#db.exec("RELEASE inner_transaction");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK TO inner_transaction; RELEASE inner_transaction");
      throw error;
    }
  }

  commit(): void {
    if (!this.#open) return;
    this.#db.exec("COMMIT");
    this.#open = false;
    this.#committedAlarm = this.#alarm;
  }

  /** What a crash leaves. */
  rollback(): void {
    if (this.#open) this.#db.exec("ROLLBACK");
    this.#open = false;
    this.#alarm = this.#committedAlarm;
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #begin(): void {
    if (this.#open) return;
    this.#db.exec("BEGIN");
    this.#open = true;
    this.#wrote();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#db.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

const isSeveral = (sql: string): boolean => /;\s*\S/.test(sql);

/** As the platform takes them. */
function bound(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof value === "number" || typeof value === "string" || typeof value === "bigint" || value instanceof Uint8Array) return value;
  throw new TypeError(`not a value for SQL: ${typeof value}`);
}

/** As the platform gives them: a BLOB is an ArrayBuffer. */
function unbound(row: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(row)) {
    if (value instanceof Uint8Array) row[name] = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
  }
  return { ...row };
}
