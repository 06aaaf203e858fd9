import type { GroupTables } from "./membership-tables.ts";

export interface OwedWordsPorts<Word> {
  readonly tables: GroupTables;
  readonly table: "group_owed" | "thread_owed";
  /** `n` rises. Throws where the other cannot be reached; what was said may be said again. */
  say(to: string, word: Word, n: number): Promise<void>;
  now(): number;
  background(work: Promise<void>): void;
  wakeBy(at: number): void;
  readonly retryMs: number;
}

/** Words on their way at once, and of one turn of the alarm. */
const AT_ONCE = 32;

/** Words to other objects: each a row until that object has taken it, one after the other for each of them. */
export class OwedWords<Word> {
  readonly #ports: OwedWordsPorts<Word>;
  #paying: Promise<void> | undefined;

  constructor(ports: OwedWordsPorts<Word>) {
    this.#ports = ports;
  }

  get any(): boolean {
    return this.#rows(1).length > 0;
  }

  /** Whether this one has still to hear something. */
  isOwed(to: string): boolean {
    const { tables, table } = this.#ports;
    return tables.read(table, `SELECT 1 FROM ${table} WHERE user = ? LIMIT 1`, to).length > 0;
  }

  owe(to: string, word: Word): void {
    const { tables, table, wakeBy, now, retryMs } = this.#ports;
    tables.write(table, `INSERT INTO ${table} (user, word) VALUES (?, ?)`, to, JSON.stringify(word));
    // Should this life end before it is said.
    wakeBy(now() + retryMs);
    void this.pay();
  }

  /** Has this one hear no more what has such a field. */
  drop(to: string, field: string): void {
    const { tables, table } = this.#ports;
    tables.change(table, `DELETE FROM ${table} WHERE user = ? AND json_type(word, ?) IS NOT NULL`, to, `$.${field}`);
  }

  /** Says what is owed, oldest first; what cannot be said now, the alarm says. */
  pay(): Promise<void> {
    this.#paying ??= this.#payAll().finally(() => {
      this.#paying = undefined;
    });
    this.#ports.background(this.#paying);
    return this.#paying;
  }

  #rows(limit: number): { n: number; user: string; word: string }[] {
    const { tables, table } = this.#ports;
    return tables.read(table, `SELECT n, user, word FROM ${table} ORDER BY n LIMIT ?`, limit);
  }

  async #payAll(): Promise<void> {
    await Promise.resolve();
    for (let rows = this.#rows(AT_ONCE); rows.length > 0; rows = this.#rows(AT_ONCE)) {
      const byTarget = Map.groupBy(rows, ({ user }) => user);
      const said = await Promise.all([...byTarget].map(([to, words]) => this.#sayTo(to, words)));
      if (said.includes(false)) return this.#ports.wakeBy(this.#ports.now() + this.#ports.retryMs);
    }
  }

  async #sayTo(to: string, words: readonly { readonly n: number; readonly word: string }[]): Promise<boolean> {
    const { tables, table, say } = this.#ports;
    for (const { n, word } of words) {
      try {
        await say(to, JSON.parse(word) as Word, n);
      } catch {
        return false;
      }
      tables.change(table, `DELETE FROM ${table} WHERE n = ?`, n);
    }
    return true;
  }
}
