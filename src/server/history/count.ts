import { type HistoryFilter, isMeant } from "../../domain/history/query.ts";
import type { HistoryItem } from "../../domain/history/stored-page.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { historyDb } from "./pages.ts";

/** What a stream's log has that may not be in the database yet, and from where on. */
export interface Tail {
  readonly items: readonly HistoryItem[];
  readonly epoch: string;
  /** In the database for certain, in this epoch. */
  readonly exported: number;
}

/** How many messages are meant: those of the tail, and in D1 those below it, so that what is in both counts once. */
export async function countHistory(
  db: D1Database | undefined,
  app: string,
  stream: string,
  tail: Tail | undefined,
  filter: HistoryFilter,
): Promise<Result<{ count: number }, WireError>> {
  const count = tail?.items.filter((item) => isMeant(item, filter)).length ?? 0;
  if (db === undefined) return ok({ count });
  const { from = 0, to = Number.MAX_SAFE_INTEGER, sender = null, text = false } = filter;
  try {
    const found = await historyDb(db, app, stream)
      .prepare(COUNT)
      .bind(app, stream, from, to, tail?.epoch ?? "", tail?.exported ?? 0, LIMITS.historyCountPages + 1, sender, text ? 1 : 0)
      .first<{ pages: number; count: number }>();
    if ((found?.pages ?? 0) <= LIMITS.historyCountPages) return ok({ count: count + (found?.count ?? 0) });
  } catch {
    return err(wireError("unavailable", { message: "history cannot be read now" }));
  }
  return err(wireError("limit_exceeded", { limit: LIMITS.historyCountPages, message: "too many pages to count: narrow the range of time" }));
}

const COUNT = `WITH page AS MATERIALIZED (
    SELECT items FROM history_pages
    WHERE app = ?1 AND stream = ?2 AND to_ts >= ?3 AND from_ts < ?4 AND NOT (epoch = ?5 AND first_seq > ?6) LIMIT ?7
  )
  SELECT (SELECT count(*) FROM page) AS pages, count(*) AS count FROM page, json_each(page.items) AS item
  WHERE item.value ->> 'ts' >= ?3 AND item.value ->> 'ts' < ?4
    AND (?8 IS NULL OR item.value ->> 'from' = ?8) AND (?9 = 0 OR json_type(item.value, '$.data') = 'text')`;
