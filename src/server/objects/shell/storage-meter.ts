/** An object's storage, with a count of what is written to it as the platform bills it. */
export class StorageMeter {
  readonly sql: SqlStorage;
  readonly #storage: DurableObjectStorage;
  #rows = 0;
  #alarms = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    const { sql } = storage;
    // Stores ask for nothing else of it.
    this.sql = { exec: (text: string, ...bindings: SqlStorageValue[]) => this.#counted(sql.exec(text, ...bindings)) } as SqlStorage;
  }

  /** Each alarm set is billed as a row, too. */
  get rows(): number {
    return this.#rows + this.#alarms;
  }
  get alarms(): number {
    return this.#alarms;
  }

  getAlarm(): Promise<number | null> {
    return this.#storage.getAlarm();
  }

  setAlarm(at: number): Promise<void> {
    this.#alarms += 1;
    return this.#storage.setAlarm(at);
  }

  /** A small value beside the tables. */
  put(key: string, value: unknown): void {
    this.#rows += 1;
    this.#storage.kv.put(key, value);
  }

  /** What writes is done when `exec` returns; what reads, and is counted too early, writes nothing. */
  #counted<Cursor extends { readonly rowsWritten: number }>(cursor: Cursor): Cursor {
    this.#rows += cursor.rowsWritten;
    return cursor;
  }
}
