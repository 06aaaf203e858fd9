import { runDurableObjectAlarm } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { buildToken } from "../../src/client/token.ts";
import { formatHour, hourOf, hourStart } from "../../src/domain/history/hours.ts";
import { conversationName } from "../../src/protocol/conversation-name.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { app } from "../../src/server/http/app.ts";
import { expireMedia } from "../../src/server/media/removal.ts";
import { conversationObjectName } from "../../src/server/objects/locate.ts";
import { Chatter } from "./chatter.ts";
import { DEV_APP, DEV_CERTIFICATE, serverHeaders } from "./client.ts";
import { APP } from "./device.ts";
import { rest } from "./rest.ts";

interface Answer {
  readonly url: string;
  readonly expiresAt: number;
  readonly bytes: number;
  readonly messages: number;
  readonly next?: string;
}
interface Line {
  readonly id: string;
  readonly conversation: object;
  readonly seq: number;
  readonly content?: object;
}

const HOUR = 3_600_000;
/** Hours of its own for each test: far from those of the others. */
let used = 480_000;
const newHour = () => ++used;

const setClock = (now: number) => vi.useFakeTimers({ toFake: ["Date"], now });
const load = (url: string) => exports.default.fetch(new Request(url));
async function linesOf(url: string): Promise<Line[]> {
  const answer = await load(url);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/gzip"]);
  const text = await new Response(answer.body?.pipeThrough(new DecompressionStream("gzip"))).text();
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}
async function exported(hour: number, next?: string): Promise<Answer> {
  const answer = await rest("POST", "/exports", { hour: formatHour(hour), ...(next !== undefined && { next }) });
  expect(answer.status).toBe(200);
  return answer.json<Answer>();
}

/** As conversations leave them in the database: `count` messages of one, spread over the hour. */
async function stored(ofApp: string, number: number, hour: number, count: number, text = "hello"): Promise<void> {
  const message = JSON.stringify({
    message: { seq: 0, version: 0, from: "ann", ts: 0, key: "k", type: "text", content: { type: "text", text } },
    reactions: [],
  });
  await env.DB.batch([
    env.DB.prepare("INSERT INTO chat_conversations VALUES (?, ?, ?)").bind(ofApp, number, conversationName({ type: "single", id: "ann" }, `bob${number}`)),
    env.DB.prepare("INSERT INTO chat_hours VALUES (?, ?, ?, 1, ?)").bind(ofApp, hour, number, count),
    env.DB.prepare(
      `WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?4)
       INSERT INTO chat_messages SELECT ?1, ?2, seq, seq, 'ann', ?3 + seq % 3600000, 'text', json_set(?5, '$.message.seq', seq) FROM n`,
    ).bind(ofApp, number, hourStart(hour), count, message),
  ]);
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("the export of an hour", () => {
  it("[EX1] has each message as it stands, also one brought in from elsewhere, as JSON lines", async () => {
    const [ann, bob] = ["ex-ann", "ex-bob"];
    const a = await Chatter.login(ann);
    const conversation = { type: "single", id: bob };
    const before = hourOf(Date.now());
    for (const text of ["kept", "edited", "recalled"]) await a.send(bob, text);
    await a.ok("message.edit", { conversation, seq: 2, content: { type: "text", text: "edited once" } });
    await a.ok("message.recall", { conversation, seq: 3 });
    await a.ok("message.react", { conversation, seq: 1, reaction: "👍", on: true });
    const old = { key: "old", from: bob, ts: hourStart(before - 30) + 5, content: { type: "text", text: "of old" } };
    expect((await rest("POST", `/conversations/single/${bob}/import`, { user: ann, messages: [old] })).status).toBe(200);
    await runDurableObjectAlarm(env.CONVERSATION.getByName(conversationObjectName(APP, conversationName({ type: "single", id: bob }, ann))));
    setClock(hourStart(before + 3));
    // The messages may lie on either side of a full hour.
    const hours = [...new Set([before, before + 1])];
    const lines = (await Promise.all(hours.map(async (hour) => linesOf((await exported(hour)).url)))).flat();
    const named = { type: "single", users: [ann, bob] };
    const mine = lines.filter(({ conversation: of }) => JSON.stringify(of) === JSON.stringify(named));
    expect(mine).toMatchObject([
      { conversation: named, from: ann, content: { text: "kept" }, reactions: [{ reaction: "👍", user: ann }] },
      { content: { text: "edited once" }, edited: { by: ann, times: 1 } },
      { type: "text", recalled: { by: ann } },
    ]);
    expect(JSON.stringify(mine)).not.toMatch(/"text":"recalled"|contentVersion/);
    expect(mine.every(({ id }) => /^\d+$/.test(id))).toBe(true);
    expect(await linesOf((await exported(before - 30)).url)).toMatchObject([{ from: bob, content: { text: "of old" } }]);
  });

  it("[EX2] is there ten minutes after the hour, the same for whoever asks again, and has nothing of other apps", async () => {
    const hour = newHour();
    await stored(DEV_APP, 91, hour, 3);
    await stored("f".repeat(32), 91, hour, 2, "not ours");
    setClock(hourStart(hour + 1) + LIMITS.exportAfterMs - 5_000);
    const early = await rest("POST", "/exports", { hour: formatHour(hour) });
    expect([early.status, await early.json()]).toMatchObject([503, { error: { code: "unavailable", field: "hour", retryAfterMs: 5_000 } }]);
    vi.setSystemTime(Date.now() + 5_000);
    const first = await exported(hour);
    expect([first.messages, first.next]).toEqual([3, undefined]);
    await stored(DEV_APP, 92, hour, 1);
    vi.setSystemTime(Date.now() + 47 * HOUR);
    const again = await exported(hour);
    expect([again.messages, again.bytes]).toEqual([first.messages, first.bytes]);
    expect((await linesOf(again.url)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    vi.setSystemTime(Date.now() + 48 * HOUR);
    await expireMedia(env, Date.now());
    expect((await load(again.url)).status).toBe(410);
    expect((await exported(hour)).messages).toBe(4);
    expect(await exported(newHour() - 400)).toMatchObject({ messages: 0 });
  });

  it("[EX3] a large hour has several files, each of bounded size, and no message twice", { timeout: 120_000 }, async () => {
    const hour = newHour();
    const [many, few] = [LIMITS.exportMessages + 20, 90];
    await stored(DEV_APP, 93, hour, few);
    await stored(DEV_APP, 94, hour, many);
    await stored(DEV_APP, 95, hour, few);
    setClock(hourStart(hour + 2));
    const seen = new Set<string>();
    const counts: number[] = [];
    for (let next: string | undefined, more = true; more; more = next !== undefined) {
      const part = await exported(hour, next);
      for (const { id } of await linesOf(part.url)) seen.add(id);
      counts.push(part.messages);
      next = part.next;
    }
    expect(counts[0]).toBe(LIMITS.exportMessages);
    expect([counts.length, counts.reduce((sum, count) => sum + count), seen.size]).toEqual([2, many + 2 * few, many + 2 * few]);
  });

  it("[EX4] its address alone loads the file, for an hour, and no other address does; only servers ask", async () => {
    const hour = newHour();
    await stored(DEV_APP, 96, hour, 1);
    setClock(hourStart(hour + 2));
    const { url, expiresAt } = await exported(hour);
    expect(expiresAt).toBe(Date.now() + HOUR);
    expect((await load(`${url.slice(0, -2)}AA`)).status).toBe(400);
    expect((await load(`${url}?x=1`)).status).toBe(400);
    vi.setSystemTime(expiresAt - 1);
    expect((await load(url)).status).toBe(200);
    vi.setSystemTime(expiresAt);
    expect((await load(url)).status).toBe(410);
    const token = await buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: "ann", expireSeconds: 600 });
    const asUser = { authorization: `Bearer ${token}`, "x-wigwag-app": DEV_APP, "x-wigwag-user": "ann" };
    expect((await rest("POST", "/exports", { hour: formatHour(hour) }, asUser)).status).toBe(403);
    for (const wrong of ["2026130100", "2026022900", "20260101", "2026010124"]) expect((await rest("POST", "/exports", { hour: wrong })).status).toBe(400);
  });

  it("[EX5] one that breaks off is made anew and whole by the next who asks; without a bucket there is none", async () => {
    const hour = newHour();
    await stored(DEV_APP, 97, hour, 250);
    setClock(hourStart(hour + 2));
    let reads = 0;
    const prepare = (sql: string) => {
      if (sql.includes("chat_hours") && ++reads === 2) throw new Error("the database is away");
      return env.DB.prepare(sql);
    };
    const ask = (given: object) =>
      app.fetch(
        new Request("https://wigwag.test/v1/exports", {
          method: "POST",
          headers: { ...serverHeaders, "content-type": "application/json" },
          body: JSON.stringify({ hour: formatHour(hour) }),
        }),
        { ...env, ...given },
      );
    expect((await ask({ DB: { prepare, batch: env.DB.batch.bind(env.DB) } })).status).toBe(503);
    expect(reads).toBe(2);
    expect((await ask({ MEDIA: undefined })).status).toBe(503);
    const whole = await exported(hour);
    expect([whole.messages, (await linesOf(whole.url)).length]).toEqual([250, 250]);
  });
});
