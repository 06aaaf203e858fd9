import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LIMITS, TIMINGS } from "../../src/protocol/limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import type { UserObject } from "../../src/server/objects/user-object.ts";
import type { Call, SessionTrust } from "../../src/server/trust.ts";
import { PATIENCE } from "../support/patience.ts";
import { get, send, serverHeaders } from "./client.ts";
import { APP, Device, userStub } from "./device.ts";
import { type Cost, costOf } from "./row-meter.ts";

let names = 0;
/** Storage is shared within a file. */
const fresh = (name: string): string => `${name}-${++names}`;
const channelStub = (name: string) => env.CHANNEL.getByName(channelName(APP, { type: "message", name }));
const of = (name: string) => ({ channel: { type: "message", name } });
const one = (key: string, value: string, revision?: number) => ({ items: [{ key, value, ...(revision !== undefined && { revision }) }] });
const login = async (user: string, over: Partial<SessionTrust> = {}): Promise<Device> => (await Device.login(user, over)).device;
const serverCall = (stub: { call(call: Call): Promise<unknown> }, op: Call["op"], input: Call["input"], over: Partial<Call> = {}) =>
  stub.call({ op, input, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS, ...over });

function travel(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}
afterEach(() => void vi.useRealTimers());

async function pair() {
  const [ada, bob] = [fresh("ada"), fresh("bob")];
  return { ada, bob, a: await login(ada), b: await login(bob) };
}

/** The next notice of this name; others stay unread. */
async function notice(device: Device, name: string): Promise<Record<string, unknown>> {
  for (;;) {
    const next = await device.next("notice");
    if (next.name === name) return next;
  }
}

describe("a channel's metadata", () => {
  it("[ME9] is written and read by anybody, member or not, as far as the token goes", async () => {
    const tea = fresh("tea");
    const rights = [{ resource: "messageChannels" as const, access: "r" as const, names: [tea] }];
    const a = await login(fresh("ada"));
    const reader = await login(fresh("bob"), { rights });
    const stranger = await login(fresh("eve"), { rights: [] });
    expect(await a.request("channel-metadata.set", { ...of(tea), ...one("topic", "tea") })).toMatchObject({ ok: { majorRevision: 1, count: 1 } });
    expect(await reader.request("channel-metadata.get", of(tea))).toMatchObject({
      ok: { majorRevision: 1, items: [{ key: "topic", value: "tea", revision: 1 }] },
    });
    for (const op of ["set", "update", "remove"]) {
      expect(await reader.request(`channel-metadata.${op}`, { ...of(tea), ...(op === "remove" ? {} : one("topic", "x")) })).toMatchObject({
        error: { code: "forbidden" },
      });
    }
    expect(await stranger.request("channel-metadata.get", of(tea))).toMatchObject({ error: { code: "forbidden" } });
    expect(await a.request("channel-metadata.set", { ...of(tea), ...one("topic", "x"), from: "bob" })).toMatchObject({ error: { code: "forbidden" } });
  });

  it.each<[string, object, object]>([
    ["a key of 33 characters", one("k".repeat(33), ""), { code: "bad_request", field: "items.0.key", limit: LIMITS.metadataKeyChars }],
    ["a value over 16 KB", one("k", "é".repeat(8 * 1024 + 1)), { code: "too_large", field: "items.0.value", limit: LIMITS.metadataBytes }],
    ["a revision below −1", one("k", "", -2), { code: "bad_request", field: "items.0.revision" }],
    ["no item", { items: [] }, { code: "bad_request", field: "items" }],
    ["a lock, which nothing guards yet", { ...one("k", ""), lock: "l" }, { code: "bad_request", field: "lock" }],
  ])("[ME5] %s is refused by name", async (_what, input, error) => {
    const a = await login(fresh("ada"));
    expect(await a.request("channel-metadata.set", { ...of("tea"), ...input })).toMatchObject({ error });
    expect(await a.request("user-metadata.set", input)).toMatchObject({ error });
  });

  it("[ME10] every member hears the whole set after each change, over both kinds of socket, and who made it", async () => {
    const tea = fresh("tea");
    const { ada, a, b } = await pair();
    await b.request("channel.join", { ...of(tea), via: "session" });
    await a.request("channel-metadata.set", { ...of(tea), ...one("topic", "tea") });
    await a.request("channel-metadata.update", { ...of(tea), ...one("topic", "cake") });
    await serverCall(channelStub(tea), "channel-metadata.remove", { ...of(tea), from: "boss" });
    const told = [await notice(b, "channel.metadata"), await notice(b, "channel.metadata"), await notice(b, "channel.metadata")];
    expect(told).toMatchObject([
      { ...of(tea), by: ada, majorRevision: 1, items: [{ key: "topic", value: "tea", revision: 1 }] },
      { by: ada, majorRevision: 2, items: [{ key: "topic", value: "cake", revision: 2 }] },
      { by: "boss", majorRevision: 3, items: [] },
    ]);
    // What is refused or changes nothing is told nobody.
    await a.request("channel-metadata.set", { ...of(tea), ...one("topic", "x", 9) });
    await a.request("channel-metadata.remove", of(tea));
    await a.request("channel.publish", { ...of(tea), data: "after" });
    await b.next("events");
    expect(b.unread("notice").filter(({ name }) => name === "channel.metadata")).toEqual([]);
  });

  it("[ME8] outlives the object's sleep, its members, and the channel's end", async () => {
    const tea = fresh("tea");
    const a = await login(fresh("ada"));
    await a.request("channel-metadata.set", { ...of(tea), ...one("topic", "tea"), recordTime: true });
    await a.request("channel-attributes.set", { ...of(tea), attributes: [{ key: "mood", value: "calm" }] });
    const before = await a.request("channel-metadata.get", of(tea));
    await evictDurableObject(channelStub(tea));
    travel(LIMITS.channelEmptyMs + 1000);
    await runDurableObjectAlarm(channelStub(tea));
    vi.useRealTimers();
    expect(await a.request("channel-attributes.get", of(tea))).toMatchObject({ ok: { attributes: [] } });
    expect((await a.request("channel-metadata.get", of(tea))).ok).toEqual(before.ok);
    expect(await a.request("channel-metadata.set", { ...of(tea), majorRevision: 1, ...one("b", "2", 0) })).toMatchObject({ ok: { majorRevision: 2 } });
  });

  it("[ME7] a request that comes again gets its first answer, over sockets by its id and over REST by its key", async () => {
    const tea = fresh("tea");
    const a = await login(fresh("ada"));
    const id = a.submit("channel-metadata.set", { ...of(tea), majorRevision: 0, ...one("n", "1") });
    expect(await a.replyTo(id)).toMatchObject({ ok: { majorRevision: 1 } });
    await a.request("channel-metadata.set", { ...of(tea), ...one("n", "2") });
    await evictDurableObject(channelStub(tea));
    a.post([{ type: "request", id, op: "channel-metadata.set", input: { ...of(tea), majorRevision: 0, ...one("n", "1") } }]);
    expect(await a.replyTo(id)).toMatchObject({ ok: { majorRevision: 1 } });
    const path = `/v1/channels/message/${tea}/metadata`;
    const again = async () => (await send("PUT", path, { majorRevision: 2, ...one("n", "3") }, { ...serverHeaders, "idempotency-key": "k1" })).json();
    expect([await again(), await again()]).toEqual([
      { majorRevision: 3, count: 1 },
      { majorRevision: 3, count: 1 },
    ]);
  });

  it("[ME15] has its REST paths, and so has a user's", async () => {
    const tea = fresh("tea");
    for (const path of [`/v1/channels/message/${tea}/metadata`, `/v1/users/${fresh("ada")}/metadata`]) {
      const answer = async (method: string, body: object, suffix = "") => (await send(method, path + suffix, body, serverHeaders)).json();
      expect(await answer("PUT", { ...one("a", "1"), recordAuthor: true, from: "boss" })).toEqual({ majorRevision: 1, count: 1 });
      expect(await answer("PATCH", one("b", "1"))).toMatchObject({ error: { code: "not_found", field: "items.0" } });
      expect(await answer("POST", { items: [{ key: "a" }] }, "/remove")).toEqual({ majorRevision: 2, count: 0 });
      expect(await (await get(path, serverHeaders)).json()).toEqual({ majorRevision: 2, items: [] });
      expect(await (await get(`${path}?known=2`, serverHeaders)).json()).toEqual({ majorRevision: 2, unchanged: true });
    }
  });
});

describe("a user's metadata", () => {
  it("[ME9] is written and read by anybody, as far as the token goes; one's own always", async () => {
    const { ada, bob, a, b } = await pair();
    expect(await b.request("user-metadata.set", { user: ada, ...one("level", "3"), recordAuthor: true })).toMatchObject({ ok: { majorRevision: 1 } });
    expect(await a.request("user-metadata.get", {})).toMatchObject({ ok: { items: [{ key: "level", value: "3", updatedBy: bob }] } });
    const bound = await login(fresh("eve"), { rights: [{ resource: "users", access: "r", names: [ada] }] });
    expect(await bound.request("user-metadata.get", { user: ada })).toMatchObject({ ok: { majorRevision: 1 } });
    expect(await bound.request("user-metadata.set", { user: ada, ...one("level", "9") })).toMatchObject({ error: { code: "forbidden" } });
    expect(await bound.request("user-metadata.get", { user: bob })).toMatchObject({ error: { code: "forbidden" } });
    expect(await bound.request("user-metadata.set", one("level", "9"))).toMatchObject({ ok: { majorRevision: 1 } });
    await a.request("session.logout", {});
    await evictDurableObject(userStub(ada));
    expect(await b.request("user-metadata.get", { user: ada })).toMatchObject({ ok: { items: [{ key: "level", value: "3" }] } });
    expect(await b.request("user-metadata.get", { user: "nobody-ever" })).toMatchObject({ ok: { majorRevision: 0, items: [] } });
  });

  it("[ME11] a watcher gets the set, then each change, on all its devices, until it stops", async () => {
    const { ada, bob, a, b } = await pair();
    const laptop = await login(bob, { device: "laptop" });
    await a.request("user-metadata.set", one("mood", "calm"));
    expect(await b.request("user-metadata.subscribe", { user: ada })).toMatchObject({ ok: { majorRevision: 1, items: [{ key: "mood", value: "calm" }] } });
    await a.request("user-metadata.update", one("mood", "glad"));
    for (const device of [b, laptop]) {
      expect(await notice(device, "user.metadata")).toEqual({
        type: "notice",
        name: "user.metadata",
        user: ada,
        by: ada,
        majorRevision: 2,
        items: [{ key: "mood", value: "glad", revision: 2 }],
      });
    }
    await b.request("user-metadata.unsubscribe", { user: ada });
    await a.request("user-metadata.update", one("mood", "wild"));
    expect(await b.request("user-metadata.subscriptions", {})).toMatchObject({ ok: { users: [] } });
    expect(b.unread("notice").filter(({ name }) => name === "user.metadata")).toEqual([]);
  });

  it("[ME11] who watches itself is told as well", async () => {
    const ada = fresh("ada");
    const a = await login(ada);
    await a.request("user-metadata.subscribe", { user: ada });
    await a.request("user-metadata.set", one("mood", "calm"));
    expect(await notice(a, "user.metadata")).toMatchObject({ user: ada, majorRevision: 1 });
  });

  it("[ME11] watching lasts over reconnects and both objects' sleep, and ends with the logout of the last device", async () => {
    const { ada, bob, a, b } = await pair();
    await b.request("user-metadata.subscribe", { user: ada });
    b.close();
    await b.next("closed");
    await evictDurableObject(userStub(ada));
    await evictDurableObject(userStub(bob));
    const back = await login(bob);
    await a.request("user-metadata.set", one("mood", "calm"));
    expect(await notice(back, "user.metadata")).toMatchObject({ user: ada, majorRevision: 1 });
    await back.request("session.logout", {});
    await vi.waitFor(async () => {
      const left = await runInDurableObject(userStub(ada), (_object, { storage }) => storage.sql.exec("SELECT user FROM metadata_watcher").toArray());
      expect(left).toEqual([]);
    }, PATIENCE);
  });

  it("[ME13] who was away learns from one call whose sets have changed", async () => {
    const { ada, bob, a, b } = await pair();
    await b.request("user-metadata.subscribe", { user: ada });
    b.close();
    await b.next("closed");
    await a.request("user-metadata.set", one("mood", "calm"));
    const back = await login(bob, { instance: "i2" });
    await vi.waitFor(async () => {
      expect(await back.request("user-metadata.subscriptions", {})).toMatchObject({ ok: { users: [{ user: ada, majorRevision: 1 }] } });
    }, PATIENCE);
  });

  it("[ME12] a watcher who cannot be told is told later, also by the object's next life, and then not again", async () => {
    const { ada, bob, a, b } = await pair();
    await b.request("user-metadata.subscribe", { user: ada });
    const broken = vi.spyOn(await userObjectClass(), "metadataChanged").mockRejectedValue(new Error("gone"));
    await a.request("user-metadata.set", one("mood", "calm"));
    await vi.waitFor(() => expect(broken).toHaveBeenCalled(), PATIENCE);
    broken.mockRestore();
    await evictDurableObject(userStub(ada));
    expect(b.unread("notice").filter(({ name }) => name === "user.metadata")).toEqual([]);
    travel(TIMINGS.metadataRetryMs + 1);
    await runDurableObjectAlarm(userStub(ada));
    expect(await notice(b, "user.metadata")).toMatchObject({ user: ada, majorRevision: 1 });
    // Told twice, it hears it once.
    const news = { user: ada, by: ada, majorRevision: 1, items: [] };
    expect(await userStub(bob).metadataChanged(news)).toBe(true);
    await b.settle();
    expect(b.unread("notice").filter(({ name }) => name === "user.metadata")).toEqual([]);
    expect(await userStub(bob).metadataChanged({ ...news, user: "stranger" })).toBe(false);
  });

  it("[ME14] too many watched, too many watchers, and a user the token does not name are refused", async () => {
    const { ada, bob, a, b } = await pair();
    const bound = await login(fresh("eve"), { rights: [] });
    expect(await bound.request("user-metadata.subscribe", { user: ada })).toMatchObject({ error: { code: "forbidden", field: "user" } });
    const fill = (user: string, sql: string) =>
      runInDurableObject(userStub(user), (_object, { storage }) => {
        for (let n = 0; n < LIMITS.metadataWatched; n++) storage.sql.exec(sql, `u${n}`);
      });
    // Its table is made with the first of them.
    expect(await a.request("user-metadata.subscribe", { user: ada })).toMatchObject({ ok: {} });
    await fill(ada, "INSERT INTO metadata_watcher (user) VALUES (?)");
    expect(await b.request("user-metadata.subscribe", { user: ada })).toMatchObject({ error: { code: "limit_exceeded", limit: LIMITS.metadataWatchers } });
    expect(await b.request("user-metadata.subscriptions", {})).toMatchObject({ ok: { users: [] } });
    await fill(bob, "INSERT INTO metadata_watched (user, revision) VALUES (?, 0)");
    expect(await b.request("user-metadata.subscribe", { user: fresh("cy") })).toMatchObject({
      error: { code: "limit_exceeded", limit: LIMITS.metadataWatched },
    });
  });

  it("[ME14] a device whose token does not name the user hears nothing of it", async () => {
    const { ada, bob, a, b } = await pair();
    const bound = await login(bob, { device: "laptop", rights: [] });
    await b.request("user-metadata.subscribe", { user: ada });
    await a.request("user-metadata.set", one("mood", "calm"));
    await notice(b, "user.metadata");
    await bound.settle();
    expect(bound.unread("notice")).toEqual([]);
  });
});

describe("rows and alarms of metadata", () => {
  const NOTHING: Cost = { rows: 0, alarms: 0 };
  const cost = (work: () => Promise<unknown>): Promise<Cost> => costOf(userStub("meter"), work);

  it("[ME20] a write of however many items 1 row, a read or a refused write none", async () => {
    const tea = fresh("tea");
    const { ada, a, b } = await pair();
    await a.request("channel-metadata.get", of(tea));
    const items = Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, value: "v" }));
    expect(await cost(() => a.request("channel-metadata.set", { ...of(tea), items }))).toEqual({ rows: 1, alarms: 0 });
    expect(await cost(() => a.request("user-metadata.set", { items }))).toEqual({ rows: 1, alarms: 0 });
    expect(await cost(() => a.request("user-metadata.remove", {}))).toEqual({ rows: 1, alarms: 0 });
    expect(
      await cost(async () => {
        await b.request("user-metadata.get", { user: ada });
        await b.request("channel-metadata.get", { ...of(tea), known: 1 });
        await b.request("user-metadata.set", { user: ada, ...one("k", "v", 99) });
        await b.request("channel-metadata.remove", { ...of(tea), items: [{ key: "none" }] });
        await b.request("user-metadata.get", { user: fresh("nobody") });
      }),
    ).toEqual(NOTHING);
  });

  it("[ME21] a watch 2 rows, and as many to end it; a watched write 1 row and 1 alarm more, and 1 row per watcher", async () => {
    const { ada, a, b } = await pair();
    expect(await cost(() => b.request("user-metadata.subscribe", { user: ada }))).toEqual({ rows: 2, alarms: 0 });
    const write = async () => {
      await a.request("user-metadata.set", one("k", "v"));
      await notice(b, "user.metadata");
    };
    expect(await cost(write)).toEqual({ rows: 3, alarms: 1 });
    // The deadline that stands serves the next one, too.
    expect(await cost(write)).toEqual({ rows: 2, alarms: 0 });
    expect(await cost(() => b.request("user-metadata.unsubscribe", { user: ada }))).toEqual({ rows: 2, alarms: 0 });
    // The watcher's object remembers which set it has been given.
    expect(await cost(() => b.request("user-metadata.subscribe", { user: ada }))).toEqual({ rows: 3, alarms: 0 });
  });
});

async function userObjectClass(): Promise<UserObject> {
  return runInDurableObject(userStub("meter"), (object) => Object.getPrototypeOf(object) as UserObject);
}
