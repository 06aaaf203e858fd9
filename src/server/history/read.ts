import { compareKeys, cursorOf, type HistoryQuery, inOrder, matches, parseCursor } from "../../domain/history/query.ts";
import { type HistoryItem, itemsOf } from "../../domain/history/stored-page.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { utf8Bytes } from "../../util/text.ts";
import { historyDb, readPages } from "./pages.ts";

export interface HistoryPage {
  readonly messages: Omit<HistoryItem, "epoch">[];
  readonly next?: string;
}

const PAGES_PER_READ = 50;
/** What a message weighs beside its payload: names, numbers and a custom type, escaped. */
const ENVELOPE_BYTES = 1_024;
/** Pages one call looks through for a rare sender before it hands back what it has, with a cursor. */
const READS_MAX = 10;

/**
 * A page of a stream's history: the log's tail, which the caller has taken before, and D1 below it. Taking the tail first
 * leaves no hole: what is exported meanwhile is in both, and counted once.
 */
export async function readHistory(
  db: D1Database | undefined,
  app: string,
  stream: string,
  tail: readonly HistoryItem[],
  query: HistoryQuery,
): Promise<Result<HistoryPage, WireError>> {
  const cursor = query.cursor === undefined ? undefined : parseCursor(query.cursor);
  if (query.cursor !== undefined && cursor === undefined) return err(wireError("bad_request", { field: "cursor", message: "cursor: not one of ours" }));
  const limit = query.limit ?? LIMITS.historyPage;
  const newestFirst = query.order !== "oldest-first";
  const found = tail.filter((item) => matches(item, query, cursor));
  // Without a database nothing ever leaves the log.
  if (db === undefined) return ok(cut(found, limit, query, undefined));
  let beyond: HistoryItem | undefined;
  let more = true;
  for (let reads = 0; more && reads < READS_MAX; reads++) {
    let pages: Awaited<ReturnType<typeof readPages>>;
    try {
      pages = await readPages(historyDb(db, app, stream), app, stream, {
        from: Math.max(query.from ?? 0, newestFirst ? 0 : (cursor?.ts ?? 0)),
        to: Math.min(query.to ?? Number.MAX_SAFE_INTEGER, newestFirst ? (cursor?.ts ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER),
        newestFirst,
        beyond,
        limit: PAGES_PER_READ,
      });
    } catch {
      return err(wireError("unavailable", { message: "history cannot be read now" }));
    }
    const items = pages.map(itemsOf);
    found.push(...items.flat().filter((item) => matches(item, query, cursor)));
    beyond = items.at(-1)?.[0];
    more = pages.length === PAGES_PER_READ && countBefore(found, beyond, newestFirst) <= limit;
  }
  return ok(cut(found, limit, query, more ? beyond : undefined));
}

/** Messages that certainly come before anything not yet read. */
function countBefore(found: readonly HistoryItem[], edge: HistoryItem | undefined, newestFirst: boolean): number {
  if (edge === undefined) return found.length;
  return found.filter((item) => (newestFirst ? compareKeys(item, edge) >= 0 : compareKeys(item, edge) <= 0)).length;
}

/** How many from the first fit a page; one always does. */
function thatFit(items: readonly HistoryItem[]): number {
  let bytes = 0;
  for (const [index, { data }] of items.entries()) {
    bytes += ENVELOPE_BYTES + (typeof data === "string" ? utf8Bytes(JSON.stringify(data)) : data.byteLength);
    if (index > 0 && bytes > LIMITS.historyPageBytes) return index;
  }
  return items.length;
}

/** `edge`: reading stopped there, so nothing beyond it may be given out. */
function cut(found: readonly HistoryItem[], limit: number, query: HistoryQuery, edge: HistoryItem | undefined): HistoryPage {
  const sorted = inOrder(found, query.order);
  const certain =
    edge === undefined ? sorted : sorted.filter((item) => (query.order === "oldest-first" ? compareKeys(item, edge) <= 0 : compareKeys(item, edge) >= 0));
  const given = certain.slice(0, Math.min(limit, thatFit(certain)));
  const last = given.at(-1) ?? edge;
  const more = certain.length > given.length;
  const rest = more || edge !== undefined;
  const messages = given.map(({ epoch: _epoch, ...message }) => message);
  return rest && last !== undefined ? { messages, next: cursorOf(more ? last : (edge ?? last)) } : { messages };
}
