/** A step of a `migrate` list; the table below is all that `Deadlines` needs. */
export const DEADLINES_SCHEMA = "CREATE TABLE due (name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID";

/** Duties done in one alarm; the rest follow in the next one, at once. */
const DUTIES_PER_RUN = 100;
/** A duty that threw comes again after this; the platform would give up after six throws. */
const RETRY_MS = 2_000;

/** What of an object's storage this needs. */
export interface AlarmStorage {
  readonly sql: SqlStorage;
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): Promise<void>;
}

/**
 * Many named deadlines over the one alarm an object has. The alarm is never later than the earliest deadline; it may be
 * earlier, when that one was cleared: an idle wake-up is cheaper than writing the alarm each time.
 */
export class Deadlines {
  readonly #storage: AlarmStorage;
  /** When the alarm goes off; undefined: not armed. Trusted to be the earliest deadline after a wake. */
  #armed: number | undefined;
  #running = false;

  constructor(storage: AlarmStorage) {
    this.#storage = storage;
    this.#armed = this.earliest();
  }

  /** Sets or moves a deadline. One row, and one more if the alarm has to ring earlier. */
  set(name: string, at: number): void {
    if (this.at(name) === at) return;
    this.#storage.sql.exec("INSERT OR REPLACE INTO due (name, at) VALUES (?, ?)", name, at);
    this.#arm(at);
  }

  /** Sets a deadline unless an earlier one of that name stands. */
  setNoLater(name: string, at: number): void {
    const present = this.at(name);
    if (present === undefined || present > at) this.set(name, at);
  }

  clear(name: string): void {
    if (this.at(name) !== undefined) this.#storage.sql.exec("DELETE FROM due WHERE name = ?", name);
  }

  at(name: string): number | undefined {
    return this.#storage.sql.exec<{ at: number }>("SELECT at FROM due WHERE name = ?", name).toArray()[0]?.at;
  }

  earliest(): number | undefined {
    return this.#storage.sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM due").one().at ?? undefined;
  }

  /** Re-arms an alarm the platform has dropped. Call it once after a start, in `ctx.waitUntil`. */
  async heal(): Promise<void> {
    const at = this.earliest();
    if (at !== undefined && (await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(at);
  }

  /**
   * The body of `alarm()`: does what is due, each duty once, by name. A duty is removed before it runs, so it may set
   * itself again; one that throws comes again, and does not keep the others from running.
   */
  async run(now: number, duty: (name: string) => void | Promise<void>, failed: (name: string, error: unknown) => void): Promise<void> {
    this.#running = true;
    this.#armed = undefined;
    try {
      for (const { name } of this.#due(now)) {
        this.clear(name);
        try {
          await duty(name);
        } catch (error) {
          failed(name, error);
          this.setNoLater(name, now + RETRY_MS);
        }
      }
    } finally {
      this.#running = false;
      const next = this.earliest();
      if (next !== undefined) this.#arm(next);
    }
  }

  #due(now: number): { name: string }[] {
    return this.#storage.sql.exec<{ name: string }>("SELECT name FROM due WHERE at <= ? ORDER BY at LIMIT ?", now, DUTIES_PER_RUN).toArray();
  }

  #arm(at: number): void {
    if (this.#running || (this.#armed !== undefined && this.#armed <= at)) return;
    this.#armed = at;
    // Not awaited: the output gate holds everything that leaves until the alarm is stored.
    void this.#storage.setAlarm(at);
  }
}
