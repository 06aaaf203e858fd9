import type { LogMeta, LogStore, PageSummary } from "../../domain/stream/log-store.ts";
import type { Page, WriterFloor, WriterMark } from "../../domain/stream/page.ts";

type SummaryRow = { slot: number; first: number; last: number; ts: number; bytes: number; stored: number; writers: string; floors: string };
type PageRow = { first: number; last: number; ts: number; bytes: number; stored: number; writers: string; items: string; bin: ArrayBuffer | null };

/** Before the names of a log's tables, in an object that holds more than a log. */
export type LogPrefix = "" | "history_";

export const LOG_META = "(one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, exported INTEGER NOT NULL, dirty INTEGER NOT NULL)";
export const LOG_PAGES = `(
    slot INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, ts INTEGER NOT NULL, bytes INTEGER NOT NULL,
    stored INTEGER NOT NULL, writers TEXT NOT NULL, floors TEXT NOT NULL, items TEXT NOT NULL, bin BLOB
  )`;

export const logTables = (prefix: LogPrefix): string => `
  CREATE TABLE ${prefix}meta ${LOG_META};
  CREATE TABLE ${prefix}pages ${LOG_PAGES};`;

/** A stream's log in its object's SQLite. What it reads is what it wrote. */
export class SqlLogStore implements LogStore {
  readonly #sql: SqlStorage;
  readonly #meta: string;
  readonly #pages: string;

  constructor(sql: SqlStorage, prefix: LogPrefix = "") {
    this.#sql = sql;
    this.#meta = `${prefix}meta`;
    this.#pages = `${prefix}pages`;
  }

  meta(): LogMeta | undefined {
    const row = this.#sql.exec<{ epoch: string; exported: number; dirty: number }>(`SELECT epoch, exported, dirty FROM ${this.#meta}`).toArray()[0];
    return row === undefined ? undefined : { epoch: row.epoch, exported: row.exported, dirty: row.dirty === 1 };
  }

  setMeta({ epoch, exported, dirty }: LogMeta): void {
    this.#sql.exec(`INSERT OR REPLACE INTO ${this.#meta} (one, epoch, exported, dirty) VALUES (1, ?, ?, ?)`, epoch, exported, dirty ? 1 : 0);
  }

  summaries(): PageSummary[] {
    const rows = this.#sql.exec<SummaryRow>(`SELECT slot, first, last, ts, bytes, stored, writers, floors FROM ${this.#pages} ORDER BY first`).toArray();
    return rows.map((row) => ({
      ...row,
      stored: row.stored === 1,
      writers: JSON.parse(row.writers) as WriterMark[],
      floors: JSON.parse(row.floors) as WriterFloor[],
    }));
  }

  page(slot: number): Page | undefined {
    const row = this.#sql.exec<PageRow>(`SELECT first, last, ts, bytes, stored, writers, items, bin FROM ${this.#pages} WHERE slot = ?`, slot).toArray()[0];
    if (row === undefined) return undefined;
    const bin = row.bin === null ? undefined : new Uint8Array(row.bin);
    return { ...row, bin, stored: row.stored === 1, writers: JSON.parse(row.writers) as WriterMark[] };
  }

  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO ${this.#pages} (slot, first, last, ts, bytes, stored, writers, floors, items, bin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      slot,
      page.first,
      page.last,
      page.ts,
      page.bytes,
      page.stored ? 1 : 0,
      JSON.stringify(page.writers),
      JSON.stringify(floors),
      page.items,
      page.bin ?? null,
    );
  }

  clear(): void {
    this.#sql.exec(`DELETE FROM ${this.#pages}`);
    this.#sql.exec(`DELETE FROM ${this.#meta}`);
  }
}
