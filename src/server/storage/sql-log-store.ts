import type { Page, WriterFloor, WriterMark } from "../../domain/channel/page.ts";
import type { ChannelMeta, LogStore, PageSummary } from "../../domain/channel/ports.ts";

type SummaryRow = { slot: number; first: number; last: number; ts: number; bytes: number; stored: number; writers: string; floors: string };
type PageRow = { first: number; last: number; ts: number; bytes: number; stored: number; writers: string; items: string; bin: ArrayBuffer | null };

/** A stream's log in its object's SQLite. What it reads is what it wrote. */
export class SqlLogStore implements LogStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  meta(): ChannelMeta | undefined {
    const row = this.#sql.exec<{ epoch: string; exported: number; dirty: number }>("SELECT epoch, exported, dirty FROM meta").toArray()[0];
    return row === undefined ? undefined : { epoch: row.epoch, exported: row.exported, dirty: row.dirty === 1 };
  }

  setMeta({ epoch, exported, dirty }: ChannelMeta): void {
    this.#sql.exec("INSERT OR REPLACE INTO meta (one, epoch, exported, dirty) VALUES (1, ?, ?, ?)", epoch, exported, dirty ? 1 : 0);
  }

  summaries(): PageSummary[] {
    const rows = this.#sql.exec<SummaryRow>("SELECT slot, first, last, ts, bytes, stored, writers, floors FROM pages ORDER BY first").toArray();
    return rows.map((row) => ({
      ...row,
      stored: row.stored === 1,
      writers: JSON.parse(row.writers) as WriterMark[],
      floors: JSON.parse(row.floors) as WriterFloor[],
    }));
  }

  page(slot: number): Page | undefined {
    const row = this.#sql.exec<PageRow>("SELECT first, last, ts, bytes, stored, writers, items, bin FROM pages WHERE slot = ?", slot).toArray()[0];
    if (row === undefined) return undefined;
    const bin = row.bin === null ? undefined : new Uint8Array(row.bin);
    return { ...row, bin, stored: row.stored === 1, writers: JSON.parse(row.writers) as WriterMark[] };
  }

  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO pages (slot, first, last, ts, bytes, stored, writers, floors, items, bin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    this.#sql.exec("DELETE FROM pages");
    this.#sql.exec("DELETE FROM meta");
  }
}
