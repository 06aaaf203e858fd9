/** What stands after the name in CREATE TABLE. */
export const DUE_TABLE = "(name TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID";
/** A step of a `migrate` list; the table is all that `Deadlines` needs. */
export const DEADLINES_SCHEMA = `CREATE TABLE due ${DUE_TABLE}`;

/** Duties done in one alarm; the rest follow in the next one, at once. */
const DUTIES_PER_RUN = 100;
/** A duty that threw comes again after this; the platform would give up after six throws. */
const RETRY_MS = 2_000;

/** Where deadlines are kept. */
export interface DueStore {
  all(): readonly { readonly name: string; readonly at: number }[];
  put(name: string, at: number): void;
  remove(name: string): void;
}

export const dueTable = (sql: SqlStorage): DueStore => ({
  all: () => sql.exec<{ name: string; at: number }>("SELECT name, at FROM due").toArray(),
  put: (name, at) => void sql.exec("INSERT OR REPLACE INTO due (name, at) VALUES (?, ?)", name, at),
  remove: (name) => void sql.exec("DELETE FROM due WHERE name = ?", name),
});

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
  readonly #store: DueStore;
  #due: Map<string, number>;
  /** A time that follows from what the object keeps anyway, and so has no row. Its duty is the object's own. */
  readonly #standing: () => number | undefined;
  /** When the alarm goes off; undefined: not armed. Trusted to be the earliest deadline after a wake. */
  #armed: number | undefined;
  #running = false;

  constructor(storage: AlarmStorage, store: DueStore = dueTable(storage.sql), standing: () => number | undefined = () => undefined) {
    this.#storage = storage;
    this.#store = store;
    this.#standing = standing;
    this.#due = read(store);
    this.#armed = this.earliest();
  }

  /** Sets or moves a deadline. One row, and one more if the alarm has to ring earlier. */
  set(name: string, at: number): void {
    if (this.at(name) === at) return;
    this.#due.set(name, at);
    this.#store.put(name, at);
    this.#arm(at);
  }

  /** Sets a deadline unless an earlier one of that name stands. */
  setNoLater(name: string, at: number): void {
    const present = this.at(name);
    if (present === undefined || present > at) this.set(name, at);
  }

  clear(name: string): void {
    if (this.#due.delete(name)) this.#store.remove(name);
  }

  at(name: string): number | undefined {
    return this.#due.get(name);
  }

  earliest(): number | undefined {
    const earliest = Math.min(this.#standing() ?? Number.POSITIVE_INFINITY, ...this.#due.values());
    return Number.isFinite(earliest) ? earliest : undefined;
  }

  /** What stands has changed: the alarm has to ring for it, too. */
  stands(): void {
    const at = this.#standing();
    if (at !== undefined) this.#arm(at);
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
    // What stands there is what counts: an alarm is rare, and may read it.
    this.#due = read(this.#store);
    try {
      for (const name of this.#names(now)) {
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

  #names(now: number): string[] {
    const due = [...this.#due].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
    return due.slice(0, DUTIES_PER_RUN).map(([name]) => name);
  }

  #arm(at: number): void {
    if (this.#running || (this.#armed !== undefined && this.#armed <= at)) return;
    this.#armed = at;
    // Not awaited: the output gate holds everything that leaves until the alarm is stored.
    void this.#storage.setAlarm(at);
  }
}

const read = (store: DueStore): Map<string, number> => new Map(store.all().map(({ name, at }) => [name, at]));
