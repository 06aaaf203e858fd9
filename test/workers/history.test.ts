import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { PeerHistory } from "../../src/domain/user/peer-history.ts";
import { LIMITS, TIMINGS } from "../../src/protocol/limits.ts";
import type { Message } from "../../src/protocol/messages/message.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { Exporter } from "../../src/server/history/export.ts";
import { type HistoryPage, readHistory } from "../../src/server/history/read.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import { migrate } from "../../src/server/objects/shell/schema.ts";
import { INBOX_DEADLINE } from "../../src/server/objects/user/peer-desk.ts";
import { USER_SCHEMA } from "../../src/server/objects/user/schema.ts";
import { SqlLogStore } from "../../src/server/storage/sql-log-store.ts";
import type { Call } from "../../src/server/trust.ts";
import { APP, Device, userStub } from "./device.ts";

let users = 0;
const newUser = (name: string): string => `${name}-${++users}`;
const server = { kind: "server" as const, app: APP };
const call = (op: Call["op"], input: Call["input"], over: Partial<Call> = {}): Call => ({ op, input, caller: server, settings: DEFAULT_SETTINGS, ...over });
const channelStub = (name: string) => env.CHANNEL.getByName(channelName(APP, { type: "message", name }));

afterEach(() => void vi.useRealTimers());

/** Rings the alarm at the time the export is due. */
async function exported(stub: DurableObjectStub): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TIMINGS.exportDelayMs + 1 });
  await runDurableObjectAlarm(stub as DurableObjectStub<undefined>);
  vi.useRealTimers();
}

async function rowsOf(stream: string): Promise<number> {
  const row = await env.DB.prepare("SELECT count(*) AS count FROM history_pages WHERE app = ? AND stream = ?").bind(APP, stream).first<{ count: number }>();
  return row?.count ?? 0;
}

/** A user's history, and one message after the other into it. */
function inbox(user = newUser("bob")) {
  const stub = userStub(user);
  return {
    user,
    stub,
    store: (data: Message["data"], from = "ada", over: Partial<Call> = {}) => stub.call(call("peer.send", { to: user, from, data, store: true }, over)),
    read: async (query: object = {}): Promise<HistoryPage> => {
      const reply = await stub.call(call("user.history", query as Call["input"]));
      return pageOf(reply);
    },
  };
}
function pageOf(reply: object): HistoryPage {
  if ("error" in reply) throw new Error((reply.error as { message: string }).message);
  return (reply as { ok: HistoryPage }).ok;
}
const dataOf = ({ messages }: HistoryPage) => messages.map(({ data }) => data);

async function all(read: (query: object) => Promise<HistoryPage>, query: object): Promise<unknown[]> {
  const found: unknown[] = [];
  let cursor: string | undefined;
  do {
    const page: HistoryPage = await read({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...dataOf(page));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

describe("a user's history", () => {
  it("[HI7] has a message that no device was there for, dropped or not, and the sender is told so", async () => {
    const { user, read } = inbox();
    const { device: a } = await Device.login(newUser("ada"));
    expect(await a.request("peer.send", { to: user, data: "kept", store: true })).toMatchObject({ ok: { delivered: 0, waiting: 1, stored: true } });
    const id = a.nextId();
    const dropped = { type: "request", id, op: "peer.send", input: { to: user, data: "dropped", store: true, ifAbsent: "drop" } };
    a.post([dropped]);
    expect((await a.replyTo(id)).ok).toEqual({ delivered: 0, waiting: 0, stored: true });
    a.post([dropped]);
    expect((await a.replyTo(id)).ok).toEqual({ delivered: 0, waiting: 0, stored: true, duplicate: true });
    expect((await a.request("peer.send", { to: user, data: "gone", ifAbsent: "drop" })).ok).toEqual({ delivered: 0, waiting: 0 });
    expect(dataOf(await read())).toEqual(["dropped", "kept"]);
  });

  it("[HI7] has it before its devices do, with the same time and mark [HI10]", async () => {
    const { user, read } = inbox();
    const { device: b } = await Device.login(user);
    const { device: a } = await Device.login(newUser("ada"));
    const id = a.submit("peer.send", { to: user, data: "x", store: true });
    const pushed = await b.next("message");
    expect(pushed.stored).toBe(true);
    expect((await read()).messages).toMatchObject([{ seq: 1, id, ts: pushed.ts, stored: true }]);
    b.received(pushed);
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1, stored: true } });
  });

  it("[HI8] has a message once although it was submitted again and both objects slept", async () => {
    const { user, stub, read } = inbox();
    const ada = newUser("ada");
    const { device: b } = await Device.login(user);
    const { device: a } = await Device.login(ada);
    const id = a.submit("peer.send", { to: user, data: "x", store: true });
    b.received(await b.next("message"));
    await a.replyTo(id);
    await evictDurableObject(stub);
    await evictDurableObject(userStub(ada));
    a.post([{ type: "request", id, op: "peer.send", input: { to: user, data: "x", store: true } }]);
    b.received(await b.next("message"));
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1, stored: true } });
    expect(dataOf(await read())).toEqual(["x"]);
  });

  it("[HI3] is the same before, while and after it is exported", async () => {
    const { user, stub, store, read } = inbox();
    await store("1");
    await store("2");
    await exported(stub);
    expect(await rowsOf(`user:${user}`)).toBeGreaterThan(0);
    expect(dataOf(await read())).toEqual(["2", "1"]);
    await store("3");
    expect(dataOf(await read({ order: "oldest-first" }))).toEqual(["1", "2", "3"]);
    await evictDurableObject(stub);
    expect(dataOf(await read())).toEqual(["3", "2", "1"]);
  });

  it("[HI1] comes in pages, both ways", async () => {
    const { stub, store, read } = inbox();
    for (let n = 0; n < 5; n++) await store(String(n));
    await exported(stub);
    for (let n = 5; n < 9; n++) await store(String(n));
    const every = Array.from({ length: 9 }, (_, n) => String(n));
    expect(await all(read, { limit: 2, order: "oldest-first" })).toEqual(every);
    expect(await all(read, { limit: 2 })).toEqual(every.toReversed());
    await expect(read({ cursor: "nonsense" })).rejects.toThrow("cursor");
  });

  it("[HI2] is chosen by time and sender", async () => {
    const { stub, store, read } = inbox();
    vi.useFakeTimers({ toFake: ["Date"], now: 1_900_000_000_000 });
    for (const [n, from] of ["ada", "eve", "ada", "eve", "ada"].entries()) {
      vi.setSystemTime(1_900_000_000_000 + n * 1_000);
      await store(String(n), from);
      if (n === 2) {
        vi.setSystemTime(1_900_000_000_000 + n * 1_000 + TIMINGS.exportDelayMs);
        await runDurableObjectAlarm(stub);
      }
    }
    const at = (n: number) => 1_900_000_000_000 + n * 1_000;
    expect(dataOf(await read({ from: at(1), to: at(4), order: "oldest-first" }))).toEqual(["1", "2", "3"]);
    expect(dataOf(await read({ sender: "ada" }))).toEqual(["4", "2", "0"]);
    expect(dataOf(await read({ sender: "ada", to: at(4) }))).toEqual(["2", "0"]);
    expect(await all(read, { sender: "eve", limit: 1, order: "oldest-first" })).toEqual(["1", "3"]);
  });

  it("[HI12] gives bytes back as they were, over a socket, too", async () => {
    const { user, stub, store } = inbox();
    await store(new Uint8Array([1, 2, 255]));
    await store("text");
    await store(new Uint8Array());
    await exported(stub);
    const { device } = await Device.login(user);
    expect(await device.request("user.history", { order: "oldest-first" })).toMatchObject({
      ok: { messages: [{ data: new Uint8Array([1, 2, 255]) }, { data: "text" }, { data: new Uint8Array() }] },
    });
  });

  it("[HI15] ends a page where the frame would be too large", async () => {
    const { store, read } = inbox();
    for (let n = 0; n < 40; n++) await store(new Uint8Array(LIMITS.payloadBytes).fill(n));
    expect((await read()).messages.length).toBeLessThan(30);
    expect((await all(read, {})).map((data) => (data as Uint8Array)[0])).toEqual(Array.from({ length: 40 }, (_, n) => 39 - n));
  });

  it("[HI9] is not read by others", async () => {
    const { user, store } = inbox();
    await store("secret");
    const { device } = await Device.login(newUser("eve"));
    expect(await device.request("user.history", { user })).toMatchObject({ error: { code: "forbidden" } });
    const { device: own } = await Device.login(user);
    expect(await own.request("user.history", {})).toMatchObject({ ok: { messages: [{ data: "secret" }] } });
  });

  it("[HI6] is not written where the app has switched it off", async () => {
    const settings = { ...DEFAULT_SETTINGS, history: false };
    const { user, store } = inbox();
    const { device } = await Device.login(newUser("ada"), { settings });
    const refused = { error: { code: "forbidden", field: "store" } };
    expect(await device.request("peer.send", { to: user, data: "x", store: true })).toMatchObject(refused);
    expect(await store("x", "ada", { settings })).toMatchObject(refused);
    expect(await channelStub("off").call(call("channel.publish", { from: "ada", data: "x", store: true }, { settings }))).toMatchObject(refused);
  });

  it("[HI11] asks for no alarm and no row of a user who gets nothing to keep", async () => {
    const { user, stub } = inbox();
    expect(await stub.call(call("user.history", {}))).toEqual({ ok: { messages: [] } });
    await stub.call(call("peer.send", { to: user, from: "ada", data: "x" }));
    await runInDurableObject(stub, async (_object, { storage }) => {
      // The alarm that there is, is of what waits.
      expect(storage.sql.exec("SELECT name FROM due").toArray()).toEqual([{ name: INBOX_DEADLINE }]);
      expect(storage.sql.exec("SELECT * FROM history_meta").toArray()).toEqual([]);
    });
  });

  it("[HI11] and of one whose history is exported, no alarm", async () => {
    const { stub, store } = inbox();
    await store("x");
    await exported(stub);
    await runInDurableObject(stub, (_object, { storage }) => expect(storage.sql.exec("SELECT name FROM due").toArray()).toEqual([{ name: INBOX_DEADLINE }]));
  });

  it("[HI16] is exported after the object was lost in the middle of it", async () => {
    const { user, stub, store } = inbox();
    await store("x");
    await runInDurableObject(stub, async (_object, { storage }) => {
      storage.sql.exec("DELETE FROM due");
      await storage.deleteAlarm();
    });
    await evictDurableObject(stub);
    await stub.call(call("presence.query", { users: [user] }));
    await exported(stub);
    expect(await rowsOf(`user:${user}`)).toBe(1);
  });

  it("[HI7] says stored to a repeat under one idempotency key, and keeps one", async () => {
    const { store, read } = inbox();
    const over = { idempotencyKey: "k" };
    expect(await store("x", "ada", over)).toEqual({ ok: { delivered: 0, waiting: 1, stored: true } });
    expect(await store("x", "ada", over)).toEqual({ ok: { delivered: 0, waiting: 1, stored: true, duplicate: true } });
    expect(dataOf(await read())).toEqual(["x"]);
  });
});

describe("a channel's history", () => {
  it("[HI3] [HI12] joins the log and the database", async () => {
    const name = newUser("lobby");
    const stub = channelStub(name);
    const publish = (data: Message["data"]) => stub.call(call("channel.publish", { from: "ada", data, store: true }));
    const read = async (query: object) => {
      const reply = await stub.call(call("channel.history", query as Call["input"]));
      return pageOf(reply);
    };
    await publish("1");
    await publish(new Uint8Array([2]));
    await exported(stub);
    expect(await rowsOf(`channel:message:${name}`)).toBeGreaterThan(0);
    await publish("3");
    expect(await all(read, { limit: 1 })).toEqual(["3", new Uint8Array([2]), "1"]);
  });
});

describe("an export", () => {
  const away = { batch: () => Promise.reject(new Error("away")), prepare: (sql: string) => env.DB.prepare(sql) } as unknown as D1Database;
  const blind = {
    prepare: () => {
      throw new Error("away");
    },
  } as unknown as D1Database;
  const message = (id: number): Message => ({ from: "ada", device: "phone", id, ts: 0, data: String(id) });

  /** A log in an object's storage, and how to export and read it with any database. */
  async function withLog(work: (history: PeerHistory, stream: string) => Promise<void>): Promise<void> {
    const stream = newUser("user:log");
    await runInDurableObject(userStub(stream), async (_object, { storage }) => {
      migrate(storage.sql, USER_SCHEMA);
      await work(new PeerHistory(new SqlLogStore(storage.sql, "history_"), () => "0123456789abcdef"), stream);
    });
  }
  const read = async (db: D1Database | undefined, stream: string, history: PeerHistory) => {
    const page = await readHistory(db, APP, stream, history.tail(), { order: "oldest-first" });
    return page.ok ? dataOf(page.value) : page.error.code;
  };

  it("[HI4] pauses while the database is away, and goes on where it stood", async () => {
    await withLog(async (history, stream) => {
      history.keep([message(1), message(2)], 1);
      const log = history.log;
      if (log === undefined) throw new Error("no log");
      expect(await new Exporter(away).run(log, APP, stream)).toBeGreaterThan(0);
      expect(await read(blind, stream, history)).toBe("unavailable");
      history.keep([message(3)], 2);
      expect(await read(env.DB, stream, history)).toEqual(["1", "2", "3"]);
      expect(await new Exporter(env.DB).run(log, APP, stream)).toBeUndefined();
      expect([history.tail(), await read(env.DB, stream, history)]).toEqual([[], ["1", "2", "3"]]);
    });
  });

  it("[HI5] may be done again", async () => {
    await withLog(async (history, stream) => {
      history.keep([message(1)], 1);
      history.keep([message(2)], 2);
      const log = history.log;
      if (log === undefined) throw new Error("no log");
      // The database has the batch, but its answer is lost with the object.
      const lost = {
        prepare: (sql: string) => env.DB.prepare(sql),
        batch: (all: D1PreparedStatement[]) => env.DB.batch(all).then(() => Promise.reject(new Error("lost"))),
      };
      await new Exporter(lost as unknown as D1Database).run(log, APP, stream);
      expect(await read(env.DB, stream, history)).toEqual(["1", "2"]);
      await new Exporter(env.DB).run(log, APP, stream);
      expect([await rowsOf(stream), await read(env.DB, stream, history)]).toEqual([2, ["1", "2"]]);
    });
  });

  it("[HI14] waits in the log where there is no database", async () => {
    await withLog(async (history, stream) => {
      history.keep([message(1)], 1);
      const log = history.log;
      if (log === undefined) throw new Error("no log");
      expect(await new Exporter(undefined).run(log, APP, stream)).toBeGreaterThan(0);
      expect(await read(undefined, stream, history)).toEqual(["1"]);
    });
  });
});
