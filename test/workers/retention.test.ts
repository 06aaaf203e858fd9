import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { updateSettings } from "../../src/server/settings.ts";
import { expireHistory } from "../../src/server/storage/retention.ts";

const NOW = 2_000_000_000_000;
const app = (digit: string): string => digit.repeat(32);

async function page(ofApp: string, toTs: number, firstSeq = toTs): Promise<void> {
  const insert =
    "INSERT INTO history_pages (app, stream, epoch, first_seq, last_seq, from_ts, to_ts, count, items) VALUES (?, 'channel:message:lobby', '0', ?, ?, ?, ?, 1, '[]')";
  await env.DB.prepare(insert).bind(ofApp, firstSeq, firstSeq, toTs, toTs).run();
}

async function pagesOf(ofApp: string): Promise<number[]> {
  const { results } = await env.DB.prepare("SELECT to_ts FROM history_pages WHERE app = ? ORDER BY to_ts").bind(ofApp).all<{ to_ts: number }>();
  return results.map((row) => row.to_ts);
}

describe("retention", () => {
  it("[SE10] each app's history goes when it is older than the app keeps it, and not before", async () => {
    const [short, usual] = [app("1"), app("2")];
    await updateSettings(env, { id: short }, { historyAgeMs: 3_600_000 });
    const ends = [NOW - DEFAULT_SETTINGS.historyAgeMs - 1, NOW - DEFAULT_SETTINGS.historyAgeMs, NOW - 3_600_001, NOW - 3_600_000];
    for (const end of ends) for (const each of [short, usual]) await page(each, end);
    await expireHistory(env, NOW);
    expect(await pagesOf(short)).toEqual(ends.slice(3));
    expect(await pagesOf(usual)).toEqual(ends.slice(1));
  });

  it("[SE10] more than one statement's worth goes, too", async () => {
    const rows = Array.from({ length: 1_100 }, (_, n) => n);
    await env.DB.prepare(
      "INSERT INTO history_pages (app, stream, epoch, first_seq, last_seq, from_ts, to_ts, count, items) SELECT ?, 's', '0', value, value, value, value, 1, '[]' FROM json_each(?)",
    )
      .bind(app("3"), JSON.stringify(rows))
      .run();
    await expireHistory(env, NOW);
    expect(await pagesOf(app("3"))).toEqual([]);
  });

  it("[SE10] what says which conversations have messages of an hour goes with the hour", async () => {
    const hour = (time: number) => Math.floor(time / 3_600_000);
    const limit = hour(NOW - DEFAULT_SETTINGS.historyAgeMs);
    for (const each of [limit - 1, limit]) await env.DB.prepare("INSERT INTO chat_hours VALUES (?, ?, 1, 1, 1)").bind(app("5"), each).run();
    await expireHistory(env, NOW);
    const { results } = await env.DB.prepare("SELECT hour FROM chat_hours WHERE app = ?").bind(app("5")).all();
    expect(results).toEqual([{ hour: limit }]);
  });

  it("[SE11] nothing goes while an app's settings cannot be read", async () => {
    await page(app("4"), 0);
    const away = { ...env, SETTINGS: { getByName: () => ({ fetch: () => Promise.reject(new Error("away")) }) } };
    // @ts-expect-error a namespace reduced to what is used of it
    await expireHistory(away, NOW + 120_000);
    expect(await pagesOf(app("4"))).toEqual([0]);
  });
});
