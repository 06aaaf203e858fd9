import { hourOf } from "../../domain/history/hours.ts";
import { weekOf } from "../../domain/history/sent.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { settingsOf } from "../settings.ts";
import { findApp } from "./apps.ts";

/** Pages deleted by one statement, and statements per app and hour: a run stays far below D1's 30 s, the next goes on. */
const PAGES_PER_DELETE = 500;
const DELETES_PER_APP = 20;
/** They are small. */
const PLACES_PER_DELETE = 5_000;

/** Hourly: history older than each app keeps it. One app that fails does not stop the others. */
export async function expireHistory(env: Env, nowMs: number): Promise<void> {
  const { results } = await env.DB.prepare(`${appsIn("history_pages")} UNION ${appsIn("history_sent")} UNION ${appsIn("chat_hours")}`).all<{ app: string }>();
  for (const { app } of results) {
    try {
      await expireApp(env, app, nowMs);
    } catch (error) {
      logLine("retention.failed", { app, message: messageOf(error) });
    }
  }
}

async function expireApp(env: Env, app: string, nowMs: number): Promise<void> {
  const found = await findApp(env, app, nowMs);
  const settings = await settingsOf(
    env,
    { id: app, ...(found.ok && found.value.jurisdiction !== undefined ? { jurisdiction: found.value.jurisdiction } : {}) },
    nowMs,
  );
  // Defaults that stand in for settings nobody could read must not delete what the app wants kept.
  if (!settings.known) return;
  const before = nowMs - settings.value.historyAgeMs;
  for (let round = 0; round < DELETES_PER_APP; round++) {
    const { meta } = await env.DB.prepare(EXPIRE).bind(app, before, PAGES_PER_DELETE).run();
    if (meta.changes < PAGES_PER_DELETE) break;
  }
  // By whole weeks: until its week is over, a place without pages is found empty.
  for (let round = 0; round < DELETES_PER_APP; round++) {
    const { meta } = await env.DB.prepare(EXPIRE_SENT).bind(app, weekOf(before), PLACES_PER_DELETE).run();
    if (meta.changes < PLACES_PER_DELETE) break;
  }
  for (let round = 0; round < DELETES_PER_APP; round++) {
    const { meta } = await env.DB.prepare(EXPIRE_HOURS).bind(app, hourOf(before), PLACES_PER_DELETE).run();
    if (meta.changes < PLACES_PER_DELETE) return;
  }
}

const EXPIRE = `DELETE FROM history_pages WHERE (app, stream, from_ts, epoch, first_seq) IN
  (SELECT app, stream, from_ts, epoch, first_seq FROM history_pages WHERE app = ? AND to_ts < ? ORDER BY to_ts LIMIT ?)`;
const EXPIRE_SENT = `DELETE FROM history_sent WHERE (app, week, sender, minute, stream) IN
  (SELECT app, week, sender, minute, stream FROM history_sent WHERE app = ? AND week < ? LIMIT ?)`;
const EXPIRE_HOURS = `DELETE FROM chat_hours WHERE (app, hour, number) IN (SELECT app, hour, number FROM chat_hours WHERE app = ? AND hour < ? LIMIT ?)`;

/** Leaps from app to app along the key: DISTINCT would read every row, every hour. */
function appsIn(table: "history_pages" | "history_sent" | "chat_hours"): string {
  return `SELECT app FROM (WITH RECURSIVE found (app) AS (
    SELECT min(app) FROM ${table} UNION ALL SELECT (SELECT min(app) FROM ${table} WHERE app > found.app) FROM found WHERE app IS NOT NULL
  ) SELECT app FROM found WHERE app IS NOT NULL)`;
}
