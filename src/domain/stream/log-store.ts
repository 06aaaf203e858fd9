import type { Page, WriterFloor, WriterMark } from "./page.ts";

/** What a log remembers of a page without reading its content. */
export interface PageSummary {
  readonly slot: number;
  readonly first: number;
  readonly last: number;
  readonly ts: number;
  readonly bytes: number;
  readonly stored: boolean;
  readonly writers: readonly WriterMark[];
  readonly floors: readonly WriterFloor[];
}

export interface LogMeta {
  readonly epoch: string;
  /** Stored messages up to here are in D1. */
  readonly exported: number;
  /** Set while messages of memory mode are accepted and not committed. */
  readonly dirty: boolean;
}

/** A stream's log in durable storage. Every call is synchronous; what one turn writes is committed together. */
export interface LogStore {
  meta(): LogMeta | undefined;
  setMeta(meta: LogMeta): void;
  /** Every page, by rising `first`. */
  summaries(): PageSummary[];
  page(slot: number): Page | undefined;
  /** Writes a page into a slot, over whatever was there: one row. */
  put(slot: number, page: Page, floors: readonly WriterFloor[]): void;
  /** Forgets the log and its meta. */
  clear(): void;
}
