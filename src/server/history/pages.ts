import type { HistoryKey } from "../../domain/history/query.ts";
import type { ExportedPage, StoredPage } from "../../domain/history/stored-page.ts";
import { fnv1a } from "../../util/fnv1a.ts";
import { writeSent } from "./sent.ts";

/** History is spread over this many slots, each bound to a database: more databases come by configuration, not by moving code. */
const SLOTS = 1024;

/** The database that keeps a stream's history. Today every slot is bound to one. */
export function historyDb(db: D1Database, app: string, stream: string): D1Database {
  const databases = historyDatabases(db);
  return databases[historySlot(app, stream) % databases.length] ?? db;
}

/** All of them: for questions across streams. */
export const historyDatabases = (db: D1Database): readonly D1Database[] => [db];

export const historySlot = (app: string, stream: string): number => fnv1a(`${app} ${stream}`) % SLOTS;

type Row = {
  epoch: string;
  first_seq: number;
  last_seq: number;
  from_ts: number;
  to_ts: number;
  count: number;
  items: string;
  bin: ArrayBuffer | number[] | null;
};

/** Writes pages, and where their senders are found, in one transaction. Doing it again changes nothing. */
export async function writePages(db: D1Database, app: string, stream: string, pages: readonly ExportedPage[]): Promise<void> {
  const insert = db.prepare(
    "INSERT OR REPLACE INTO history_pages (app, stream, epoch, first_seq, last_seq, from_ts, to_ts, count, items, bin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  await db.batch([
    ...pages.map((page) => insert.bind(app, stream, page.epoch, page.firstSeq, page.lastSeq, page.fromTs, page.toTs, page.count, page.items, page.bin ?? null)),
    ...writeSent(db, app, stream, pages),
  ]);
}

export interface PageRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  readonly newestFirst: boolean;
  /** Go on beyond the page that starts here. */
  readonly beyond: HistoryKey | undefined;
  readonly limit: number;
}

/** Pages that may hold messages of a time range, in the direction of reading. */
export async function readPages(db: D1Database, app: string, stream: string, range: PageRange): Promise<StoredPage[]> {
  const [compare, direction] = range.newestFirst ? ["<", "DESC"] : [">", "ASC"];
  const start = range.beyond ?? { ts: range.newestFirst ? Number.MAX_SAFE_INTEGER : -1, epoch: "", seq: 0 };
  const { results } = await db
    .prepare(
      `SELECT epoch, first_seq, last_seq, from_ts, to_ts, count, items, bin FROM history_pages
       WHERE app = ? AND stream = ? AND to_ts >= ? AND from_ts <= ? AND (from_ts, epoch, first_seq) ${compare} (?, ?, ?)
       ORDER BY from_ts ${direction}, epoch ${direction}, first_seq ${direction} LIMIT ?`,
    )
    .bind(app, stream, range.from, range.to, start.ts, start.epoch, start.seq, range.limit)
    .all<Row>();
  return results.map((row) => ({
    epoch: row.epoch,
    firstSeq: row.first_seq,
    lastSeq: row.last_seq,
    fromTs: row.from_ts,
    toTs: row.to_ts,
    count: row.count,
    items: row.items,
    // D1 gives a BLOB back as an array of numbers.
    bin: row.bin === null ? undefined : new Uint8Array(row.bin),
  }));
}
