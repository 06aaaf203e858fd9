import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { buildToken } from "../../src/client/token.ts";
import { countAll, take } from "../../src/domain/history/merge.ts";
import { MINUTE_MS, minuteOf, weekOf } from "../../src/domain/history/sent.ts";
import { LIMITS, TIMINGS } from "../../src/protocol/limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { writePages } from "../../src/server/history/pages.ts";
import { ReadBudget, SentMessages } from "../../src/server/history/sent.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import { expireHistory } from "../../src/server/storage/retention.ts";
import type { Call } from "../../src/server/trust.ts";
import { DEV_APP, DEV_CERTIFICATE, get, send, serverHeaders } from "./client.ts";
import { APP, userStub } from "./device.ts";

type Json = Record<string, unknown>;
let names = 0;
const fresh = (what: string): string => `${what}-${++names}`;
const RTM = `/dev/v2/project/${DEV_APP}/rtm`;
const SERVER = { authorization: `Basic ${btoa(`${DEV_APP}:wk_test-only-key`)}` };
const channelStub = (name: string, type: "message" | "stream" = "message") => env.CHANNEL.getByName(channelName(APP, { type, name }));
const call = (op: Call["op"], input: Call["input"]): Call => ({ op, input, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });

const iso = (ms: number): string => new Date(ms).toISOString();
const ANY = { start_time: iso(Date.now() - 3_600_000), end_time: iso(Date.now() + 3_600_000) };
const tokenOf = async (user: string) => ({
  authorization: `agora token=${await buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: user, expireSeconds: 600 })}`,
});

const toPeer = (from: string, to: string, data: string | Uint8Array) => userStub(to).call(call("peer.send", { from, to, data, store: true, ifAbsent: "drop" }));
const toChannel = (from: string, name: string, data: string, type: "message" | "stream" = "message") =>
  channelStub(name, type).call(call("channel.publish", { from, channel: { type, name }, data, store: true }));

async function ask(filter: object, more: object = {}, headers: HeadersInit = SERVER): Promise<{ status: number; body: Json }> {
  const asked = await send("POST", `${RTM}/message/history/query`, { filter: { ...ANY, ...filter }, limit: 100, ...more }, headers);
  const { location, ...body } = await asked.json<Json>();
  if (asked.status !== 200) return { status: asked.status, body };
  expect(String(location)).toMatch(/^~\/rtm\/message\/history\/query\/[\w.~-]+$/);
  return fetchHandle(String(location).slice("~/rtm".length), headers);
}
async function fetchHandle(path: string, headers: HeadersInit = SERVER): Promise<{ status: number; body: Json }> {
  const answer = await get(RTM + path, headers);
  return { status: answer.status, body: await answer.json<Json>() };
}
async function texts(filter: object, more: object = {}, headers: HeadersInit = SERVER): Promise<unknown[]> {
  const { status, body } = await ask(filter, more, headers);
  expect([status, body.code]).toEqual([200, "ok"]);
  return (body.messages as Json[]).map(({ payload }) => payload);
}
async function countOf(filter: Record<string, string>, headers: HeadersInit = SERVER): Promise<Json> {
  const answer = await get(`${RTM}/message/history/count?${new URLSearchParams({ ...ANY, ...filter })}`, headers);
  return { status: answer.status, ...(await answer.json<Json>()) };
}

async function exported(...stubs: DurableObjectStub[]): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TIMINGS.exportDelayMs + 1 });
  for (const stub of stubs) await runDurableObjectAlarm(stub as DurableObjectStub<undefined>);
  vi.useRealTimers();
}
afterEach(() => void vi.useRealTimers());

describe("a question to history", () => {
  it("[RR14] is answered by source and destination", async () => {
    const [ann, bob, lobby] = [fresh("ann"), fresh("bob"), fresh("lobby")];
    await toPeer(ann, bob, "ann to bob");
    await toPeer(bob, ann, "bob to ann");
    await toChannel(ann, lobby, "ann to all");
    await toChannel(bob, lobby, "bob to all");
    await exported(userStub(ann), userStub(bob), channelStub(lobby));
    expect(await texts({ destination: bob })).toEqual(["ann to bob"]);
    expect(await texts({ destination: lobby })).toEqual(["ann to all", "bob to all"]);
    expect(await texts({ source: ann })).toEqual(["ann to bob", "ann to all"]);
    expect(await texts({ source: bob, destination: ann })).toEqual(["bob to ann"]);
    expect(await texts({ source: ann, destination: lobby })).toEqual(["ann to all"]);
    expect(await texts({ source: lobby })).toEqual([]);
    expect((await ask({})).status).toBe(400);
    expect((await ask({ source: ann, destination: lobby })).body.messages).toEqual([
      { src: ann, dst: lobby, message_type: "channel_message", payload: "ann to all", ms: expect.any(Number), ts: expect.any(Number) },
    ]);
  });

  it("[RR14] whose destination is both a user and a channel gives what went to either", async () => {
    const both = fresh("both");
    await toPeer("ann", both, "1");
    await toChannel("ann", both, "2");
    await toPeer("ann", both, "3");
    const { body } = await ask({ destination: both }, { order: "asc" });
    expect((body.messages as Json[]).map(({ payload, message_type }) => [payload, message_type])).toEqual([
      ["1", "peer_message"],
      ["2", "channel_message"],
      ["3", "peer_message"],
    ]);
  });

  it("[RR15] is answered oldest first unless it says otherwise, 20 at a time, from an offset", { timeout: 30_000 }, async () => {
    const [ann, bob] = [fresh("ann"), fresh("bob")];
    const all = Array.from({ length: 30 }, (_, n) => `${n}`);
    for (const data of all) await toPeer(ann, bob, data);
    await exported(userStub(bob));
    for (const filter of [{ destination: bob }, { source: ann }]) {
      expect(await texts(filter, { limit: undefined })).toEqual(all.slice(0, 20));
      expect(await texts(filter, { limit: 20, offset: 20 })).toEqual(all.slice(20));
      expect(await texts(filter, { limit: 50, order: "desc" })).toEqual([...all].reverse());
      expect(await texts(filter, { limit: 20, offset: 25, order: "desc" })).toEqual(["4", "3", "2", "1", "0"]);
      expect(await texts(filter, { offset: 30 })).toEqual([]);
    }
  });

  it.each([
    [{ limit: 21 }, "limit"],
    [{ limit: "20" }, "limit"],
    [{ offset: -1 }, "offset"],
    [{ offset: LIMITS.restHistoryReach }, "offset"],
    [{ order: "newest" }, "order"],
    [{ filter: { destination: "x", start_time: ANY.start_time } }, "filter.end_time"],
    [{ filter: { destination: "x", start_time: "2026-01-01", end_time: ANY.end_time } }, "filter.start_time"],
    [{ filter: { destination: "x", start_time: "2026-13-01T00:00:00Z", end_time: ANY.end_time } }, "filter.start_time"],
    [{ filter: { destination: "x", start_time: ANY.end_time, end_time: ANY.start_time } }, "filter.end_time"],
    [{ filter: { destination: "", ...ANY } }, "filter.destination"],
  ])("[RR16] with %j is refused by the name of its field", async (more, field) => {
    const answer = await send("POST", `${RTM}/message/history/query`, { filter: { destination: "x", ...ANY }, ...more }, SERVER);
    expect([answer.status, await answer.json()]).toMatchObject([400, { result: "failed", field }]);
  });

  it("[RR16] covers both ends of its range, in seconds or with fractions", async () => {
    const [ann, bob] = [fresh("ann"), fresh("bob")];
    await toPeer(ann, bob, "x");
    const { body } = await ask({ destination: bob });
    const at = Number((body.messages as Json[])[0]?.ms);
    const seconds = (ms: number) => `${iso(ms).slice(0, 19)}Z`;
    expect(await texts({ destination: bob, start_time: iso(at), end_time: iso(at) })).toEqual(["x"]);
    expect(await texts({ destination: bob, start_time: seconds(at), end_time: seconds(at + 1_000) })).toEqual(["x"]);
    expect(await texts({ destination: bob, start_time: iso(at + 1), end_time: ANY.end_time })).toEqual([]);
    expect(await texts({ destination: bob, start_time: ANY.start_time, end_time: iso(at - 1) })).toEqual([]);
    await exported(userStub(bob));
    expect(await texts({ source: ann, start_time: iso(at), end_time: iso(at) })).toEqual(["x"]);
    expect(await texts({ source: ann, start_time: iso(at + 1), end_time: ANY.end_time })).toEqual([]);
  });

  it("[RR17] is its handle: signed, for ten minutes, of its app", async () => {
    const asked = await send("POST", `${RTM}/message/history/query`, { filter: { destination: fresh("bob"), ...ANY }, order: "desc" }, SERVER);
    const { location, request_id, ...rest } = await asked.json<Json>();
    expect([rest, request_id]).toEqual([{ result: "success", offset: 0, limit: 20, order: "desc" }, expect.any(String)]);
    const path = String(location).slice("~/rtm".length);
    expect((await fetchHandle(path)).body).toMatchObject({ result: "success", code: "ok", messages: [] });
    const forged = path.replace(/.(?=.{50}$)/, (letter) => (letter === "A" ? "B" : "A"));
    for (const other of [forged, "/message/history/query/nonsense", "/message/history/query/session-1.AAAA"])
      expect(await fetchHandle(other)).toMatchObject({ status: 410, body: { result: "failed", code: "gone" } });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + LIMITS.restHistoryHandleMs + 1_000 });
    expect((await fetchHandle(path)).status).toBe(410);
    vi.useRealTimers();
    const made = await (await send("POST", "/v1/apps", { name: "tea house" }, { authorization: "Bearer wo_test-only-key" })).json<Json>();
    const foreign = await get(`/dev/v2/project/${made.id}/rtm${path}`, { authorization: `Basic ${btoa(`${made.id}:${made.apiKey}`)}` });
    expect(foreign.status).toBe(410);
  });

  it("[RR18] finds texts only, and offsets count texts", async () => {
    const [ann, bob] = [fresh("ann"), fresh("bob")];
    for (const data of ["1", new Uint8Array([1]), "2", new Uint8Array([2]), "3"]) await toPeer(ann, bob, data);
    const check = async () => {
      expect(await texts({ destination: bob })).toEqual(["1", "2", "3"]);
      expect(await texts({ destination: bob }, { offset: 1 })).toEqual(["2", "3"]);
      expect(await countOf({ destination: bob })).toMatchObject({ status: 200, result: "success", code: "ok", count: 3 });
    };
    await check();
    await exported(userStub(bob));
    await check();
    expect(await texts({ source: ann })).toEqual(["1", "2", "3"]);
    expect(await countOf({ source: ann })).toMatchObject({ count: 3 });
  });

  it("[RR19] sees at one place whatever was acknowledged, over all places what is exported", async () => {
    const [ann, lobby] = [fresh("ann"), fresh("lobby")];
    await toChannel(ann, lobby, "first");
    await exported(channelStub(lobby));
    await toChannel(ann, lobby, "second");
    expect(await texts({ destination: lobby })).toEqual(["first", "second"]);
    expect(await texts({ source: ann, destination: lobby })).toEqual(["first", "second"]);
    expect(await texts({ source: ann })).toEqual(["first"]);
    await exported(channelStub(lobby));
    expect(await texts({ source: ann })).toEqual(["first", "second"]);
  });

  it("[RR20] is counted as it is answered, exported or not", async () => {
    const [ann, bob, lobby] = [fresh("ann"), fresh("bob"), fresh("lobby")];
    const counts = async () => {
      const filters = [{ destination: lobby }, { destination: bob }, { source: ann, destination: lobby }];
      return Promise.all(filters.map(async (filter) => (await countOf(filter)).count));
    };
    for (let n = 0; n < 3; n++) await toChannel(ann, lobby, `${n}`);
    await toChannel(bob, lobby, "x");
    await toPeer(ann, bob, "y");
    expect(await counts()).toEqual([4, 1, 3]);
    await exported(channelStub(lobby), userStub(bob));
    expect(await counts()).toEqual([4, 1, 3]);
    await toChannel(ann, lobby, "z");
    expect(await counts()).toEqual([5, 1, 4]);
    expect((await countOf({ source: ann })).count).toBe(4);
    expect((await countOf({})).status).toBe(400);
    const own = await (await get(`/v1/channels/message/${lobby}/messages/count?sender=${ann}`, serverHeaders)).json();
    expect(own).toEqual({ count: 4 });
    expect(await (await get(`/v1/users/${fresh("nobody")}/messages/count`, serverHeaders)).json()).toEqual({ count: 0 });
  });

  it("[RR21] of a user is about what it sent or received, or channels its token may read", async () => {
    const [ann, bob, lobby] = [fresh("ann"), fresh("bob"), fresh("lobby")];
    const asAnn = await tokenOf(ann);
    await toPeer(ann, bob, "ann to bob");
    await toPeer(bob, ann, "bob to ann");
    await toPeer("eve", bob, "secret");
    await toChannel(bob, lobby, "to all");
    await exported(userStub(ann), userStub(bob), channelStub(lobby));
    expect(await texts({ source: ann }, {}, asAnn)).toEqual(["ann to bob"]);
    expect(await texts({ destination: ann }, {}, asAnn)).toEqual(["bob to ann"]);
    expect(await texts({ source: ann, destination: bob }, {}, asAnn)).toEqual(["ann to bob"]);
    expect(await texts({ destination: lobby }, {}, asAnn)).toEqual(["to all"]);
    // As a channel's name anybody may say it; of the user of that name nothing is told.
    expect(await texts({ destination: bob }, {}, asAnn)).toEqual([]);
    expect(await texts({ source: "eve", destination: bob }, {}, asAnn)).toEqual([]);
    expect((await ask({ source: bob }, {}, asAnn)).status).toBe(401);
    expect((await countOf({ source: bob }, asAnn)).status).toBe(401);
    // A handle gives nobody more than the asker has.
    const asked = await send("POST", `${RTM}/message/history/query`, { filter: { source: bob, ...ANY } }, SERVER);
    const { location } = await asked.json<Json>();
    expect((await fetchHandle(String(location).slice("~/rtm".length), asAnn)).status).toBe(401);
    expect((await get(`${RTM}/vendor/user_events`, asAnn)).status).toBe(401);
  });

  it("[RR26] leaves no trace where nothing ever was", async () => {
    const nobody = fresh("nobody");
    expect(await texts({ destination: nobody })).toEqual([]);
    expect((await countOf({ destination: nobody })).count).toBe(0);
    const members = await get(`/v1/channels/message/${nobody}/members`, serverHeaders);
    expect(await members.json()).toEqual({ members: [], total: 0 });
    for (const stub of [userStub(nobody), channelStub(nobody)]) {
      const tables = await runInDurableObject(stub, (_object, { storage }) =>
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'").toArray(),
      );
      expect(tables).toEqual([]);
    }
  });

  it("[RR14] over all places knows no stream channels", async () => {
    const [ann, lobby] = [fresh("ann"), fresh("lobby")];
    await toChannel(ann, lobby, "stream", "stream");
    await toChannel(ann, lobby, "message");
    await exported(channelStub(lobby, "stream"), channelStub(lobby));
    expect(await texts({ source: ann })).toEqual(["message"]);
    expect((await countOf({ source: ann })).count).toBe(1);
  });
});

describe("the index of what a user has sent", () => {
  const T = 1_795_000_020_000;
  const page = (epoch: string, firstSeq: number, items: readonly [from: string, ts: number, data: string][]) => ({
    epoch,
    firstSeq,
    lastSeq: firstSeq + items.length - 1,
    fromTs: items[0]?.[1] ?? 0,
    toTs: items.at(-1)?.[1] ?? 0,
    count: items.length,
    items: JSON.stringify(items.map(([from, ts, data], n) => ({ seq: firstSeq + n, from, device: "d", id: n + 1, ts, data, stored: true }))),
    sent: items.map(([from, ts]) => ({ from, ts })),
    bin: undefined,
  });
  const sentBy = (app: string, sender: string, over: object = {}) =>
    new SentMessages(env.DB, { app, sender, from: 0, to: T + 10 * 86_400_000, order: "oldest-first", wants: () => true, ...over }, new ReadBudget());
  const places = async (app: string) =>
    (await env.DB.prepare("SELECT week, sender, minute, stream FROM history_sent WHERE app = ? ORDER BY minute, sender").bind(app).all()).results;
  // From here on: reading from the year 1970 is no question a door lets through.
  const from = T - 86_400_000;

  it("[RR25] has a row per sender, stream and minute, and writing it again writes none", async () => {
    const pages = [
      page("e", 1, [
        ["ann", T, "1"],
        ["bob", T + 1, "2"],
        ["ann", T + 2, "3"],
      ]),
      page("e", 4, [["ann", T + MINUTE_MS, "4"]]),
    ];
    await writePages(env.DB, "i1", "channel:message:a", pages);
    expect(await places("i1")).toEqual([
      { week: weekOf(T), sender: "ann", minute: minuteOf(T), stream: "channel:message:a" },
      { week: weekOf(T), sender: "bob", minute: minuteOf(T), stream: "channel:message:a" },
      { week: weekOf(T), sender: "ann", minute: minuteOf(T) + 1, stream: "channel:message:a" },
    ]);
    const written: number[] = [];
    const batch = env.DB.batch.bind(env.DB);
    const counting = {
      prepare: env.DB.prepare.bind(env.DB),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await batch(statements);
        written.push(results.at(-1)?.meta.rows_written ?? -1);
        return results;
      },
    };
    // @ts-expect-error a database reduced to what is used of it
    await writePages(counting, "i1", "channel:message:a", pages);
    // @ts-expect-error a database reduced to what is used of it
    await writePages(counting, "i1", "channel:message:a", [page("e", 5, [["bob", T + MINUTE_MS, "5"]])]);
    expect(written).toEqual([0, 1]);
  });

  it("[RR15] gives everything in order over streams, minutes and weeks, however much that is", { timeout: 30_000 }, async () => {
    const expected: [number, string][] = [];
    const hostile = `a"n'n:%_`;
    for (let n = 0; n < 130; n++) {
      const ts = T + n * 37_000 + (n > 100 ? 7 * 86_400_000 : 0);
      expected.push([ts, `${n}`]);
      await writePages(env.DB, "i2", `channel:message:${n % 7}`, [
        page("e", 2 * n + 1, [
          ["bob", ts - 1, `"from":${JSON.stringify(hostile)}`],
          [hostile, ts, `${n}`],
        ]),
      ]);
    }
    const found = async (order: "oldest-first" | "newest-first") => {
      const read = await take(sentBy("i2", hostile, { order, from }), 0, 1_000);
      return read.ok ? read.value.map(({ ts, data }) => [ts, data]) : read;
    };
    expect(await found("oldest-first")).toEqual(expected);
    expect(await found("newest-first")).toEqual([...expected].reverse());
  });

  it("[RR15] gives a minute of many pages and streams in order", { timeout: 30_000 }, async () => {
    const expected: string[] = [];
    for (let n = 0; n < 90; n++) {
      await writePages(env.DB, "i3", `user:u${n % 3 === 0 ? "x" : n}`, [page("e", n + 1, [["ann", T + n, `${n}`]])]);
      expected.push(`${n}`);
    }
    const read = await take(sentBy("i3", "ann", { from }), 0, 1_000);
    expect(read.ok && read.value.map(({ data }) => data)).toEqual(expected);
  });

  it("[RR22] refuses what would read too much", async () => {
    const rows = Array.from({ length: LIMITS.historyReadsPerRequest + 50 }, (_, n) => [weekOf(T + n * MINUTE_MS), minuteOf(T) + n]);
    await env.DB.prepare("INSERT INTO history_sent SELECT ?, value ->> 0, 'ann', value ->> 1, 'user:x' FROM json_each(?)")
      .bind("i4", JSON.stringify(rows))
      .run();
    expect(await countAll(sentBy("i4", "ann", { from }))).toMatchObject({ ok: false, error: { code: "limit_exceeded", limit: LIMITS.historyReadsPerRequest } });
  });

  it("[RR25] goes with its week", async () => {
    const now = 2_100_000_000_000;
    const week = weekOf(now - DEFAULT_SETTINGS.historyAgeMs);
    for (const each of [week - 1, week, week + 1])
      await env.DB.prepare("INSERT INTO history_sent VALUES (?, ?, 'ann', 1, 'user:x')").bind("5".repeat(32), each).run();
    await expireHistory(env, now);
    expect((await places("5".repeat(32))).map(({ week: left }) => left)).toEqual([week, week + 1]);
  });

  it("[RR24] a database that is away is 503", async () => {
    const away = {
      prepare: () => {
        throw new Error("away");
      },
      batch: () => Promise.reject(new Error("away")),
    };
    // @ts-expect-error a database reduced to its failure
    const source = new SentMessages(away, { app: "i6", sender: "ann", from, to: T, order: "oldest-first", wants: () => true }, new ReadBudget());
    expect(await source.next()).toMatchObject({ ok: false, error: { code: "unavailable" } });
  });
});
