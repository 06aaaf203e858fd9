import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type RestEvent, shardOf } from "../../src/domain/events/event.ts";
import { LIMITS, TIMINGS } from "../../src/protocol/limits.ts";
import type { ChannelType } from "../../src/protocol/names.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { pushEvents, readEvents } from "../../src/server/events/queue.ts";
import { channelName, eventsName, eventsObject } from "../../src/server/objects/locate.ts";
import { type ChannelTrust, TRUST_HEADER } from "../../src/server/trust.ts";
import { must } from "../../src/util/assert.ts";
import { PATIENCE } from "../support/patience.ts";
import { APP, Device, userStub } from "./device.ts";
import { costOf } from "./row-meter.ts";

let apps = 0;
const newApp = (): string => (++apps).toString(16).padStart(32, "e");
let users = 0;
const newUser = (name: string): string => `${name}-${++users}`;
const login = (user: string, at: number): RestEvent => ({ kind: "user", type: "Login", user, at });
const ON = { settings: { ...DEFAULT_SETTINGS, restEvents: true } };

async function read(app: string, kind: RestEvent["kind"] = "user", over: object = env): Promise<RestEvent[]> {
  const events = await readEvents(over as typeof env, app, kind, {});
  if (!events.ok) throw new Error(events.error.code);
  return events.value;
}
/** Queues of which some fail. */
const broken = (...shards: number[]) => ({
  ...env,
  EVENTS: {
    getByName: (name: string) => {
      if (!shards.some((shard) => name.endsWith(`:events:${shard}`))) return env.EVENTS.getByName(name);
      const fail = () => Promise.reject(new Error("away"));
      return { push: fail, peek: fail, take: fail };
    },
  },
});

/** Rings an alarm at a later time. */
async function later(stub: DurableObjectStub, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  await runDurableObjectAlarm(stub as DurableObjectStub<undefined>);
}
const handOver = (stub: DurableObjectStub) => later(stub, TIMINGS.restEventDelayMs + 1);
afterEach(() => void vi.useRealTimers());

/** What the app's queues have of somebody; everything else is read along and lost. */
const of = (events: readonly RestEvent[], user: string) => events.filter((event) => event.user === user).map(({ type }) => type);

describe("the queues of an app", () => {
  it("[EV4] give each event once, the oldest first, from whichever queue", async () => {
    const app = newApp();
    const events = Array.from({ length: 40 }, (_, n) => login(`user-${n}`, 1_000 + n));
    expect(await pushEvents(env, app, [...events].reverse(), {})).toEqual([]);
    expect(await read(app)).toEqual(events);
    expect(await read(app)).toEqual([]);
    expect(await read(newApp())).toEqual([]);
  });

  it("[EV4] give a thousand at a time, kinds apart", async () => {
    const app = newApp();
    const events = Array.from({ length: 1_200 }, (_, n) => login(`user-${n}`, n));
    const join: RestEvent = { kind: "channel", type: "Join", user: "ann", channel: "a:b'\"", at: 5 };
    await pushEvents(env, app, [...events, join], {});
    expect(await read(app)).toEqual(events.slice(0, LIMITS.restEventsPerRead));
    expect(await read(app)).toEqual(events.slice(LIMITS.restEventsPerRead));
    expect(await read(app, "channel")).toEqual([join]);
  });

  it("[EV5] keep the newest 2,000, in each queue and in all", { timeout: 30_000 }, async () => {
    const app = newApp();
    const events = Array.from({ length: 3_000 }, (_, n) => login(`user-${n}`, n));
    await pushEvents(env, app, events, {});
    expect((await read(app))[0]).toEqual(events[1_000]);
    const one = newApp();
    const same = Array.from({ length: 2_010 }, (_, n): RestEvent => ({ kind: "user", type: n % 2 === 0 ? "Login" : "Logout", user: "ann", at: n }));
    await pushEvents(env, one, same, {});
    const waiting = await eventsObject(env, one, shardOf("ann")).peek("user");
    expect([waiting.length, waiting[0]]).toEqual([LIMITS.restEvents, same[10]]);
  });

  it("[EV6] give two readers at once each event once between them", async () => {
    const app = newApp();
    const events = Array.from({ length: 300 }, (_, n) => login(`user-${n}`, n));
    await pushEvents(env, app, events, {});
    const both = (await Promise.all([read(app), read(app), read(app)])).flat();
    expect(both.sort((a, b) => a.at - b.at)).toEqual(events);
  });

  it("[EV7] lose nothing to a read that one of them fails", async () => {
    const app = newApp();
    const events = Array.from({ length: 50 }, (_, n) => login(`user-${n}`, n));
    await pushEvents(env, app, events, {});
    expect(await readEvents(broken(3) as unknown as typeof env, app, "user", {})).toMatchObject({ ok: false, error: { code: "unavailable" } });
    expect(await read(app)).toEqual(events);
  });

  it("[EV7] give what one of them may have taken or not", async () => {
    const app = newApp();
    await pushEvents(env, app, [login("ann", 1)], {});
    const halfway = {
      ...env,
      EVENTS: {
        getByName: (name: string) => ({ peek: (kind: "user") => env.EVENTS.getByName(name).peek(kind), take: () => Promise.reject(new Error("lost")) }),
      },
    };
    expect(await read(app, "user", halfway)).toEqual([login("ann", 1)]);
    expect(await read(app)).toEqual([login("ann", 1)]);
  });

  it("[EV8] [EV9] keep events over an eviction, and one that is pushed twice once", async () => {
    const app = newApp();
    await pushEvents(env, app, [login("ann", 1), login("ann", 1)], {});
    await pushEvents(env, app, [login("ann", 1)], {});
    await evictDurableObject(eventsObject(env, app, shardOf("ann")));
    expect(await read(app)).toEqual([login("ann", 1)]);
  });

  it("[EV11] that nothing was put into have no row, whoever reads", async () => {
    const stub = env.EVENTS.getByName(eventsName(newApp(), 0));
    await stub.peek("user");
    await stub.take("user", [login("ann", 1)], 5);
    const tables = await runInDurableObject(stub, (_object, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT GLOB '_cf_*'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("[EV13] cost a row to put and a row to take", async () => {
    const app = newApp();
    await pushEvents(env, app, [login("ann", 1)], {});
    const some = eventsObject(env, app, shardOf("ann"));
    expect(await costOf(some, () => pushEvents(env, app, [login("ann", 2)], {}))).toEqual({ rows: 1, alarms: 0 });
    expect(await costOf(some, () => pushEvents(env, app, [login("ann", 2)], {}))).toEqual({ rows: 0, alarms: 0 });
    expect(await costOf(some, () => read(app))).toEqual({ rows: 2, alarms: 0 });
    expect(await costOf(some, () => read(app))).toEqual({ rows: 0, alarms: 0 });
  });
});

describe("a user's comings and goings", () => {
  it("[EV2] are those of the user, not of devices or sockets", async () => {
    const ann = newUser("ann");
    const { device: phone } = await Device.login(ann, ON);
    await Device.login(ann, { ...ON, device: "laptop" });
    phone.close();
    await phone.next("closed");
    await Device.login(ann, ON);
    await handOver(userStub(ann));
    expect(of(await read(APP), ann)).toEqual(["Login"]);
    for (const device of ["phone", "laptop"]) {
      const { device: back } = await Device.login(ann, { ...ON, device });
      back.submit("session.logout", {});
      await back.next("closed");
    }
    await handOver(userStub(ann));
    expect(of(await read(APP), ann)).toEqual(["Logout"]);
  });

  it("[EV2] end thirty seconds after the last socket, if it does not come back", async () => {
    const ann = newUser("ann");
    const { device } = await Device.login(ann, ON);
    await handOver(userStub(ann));
    device.close(3000);
    await device.next("closed");
    await later(userStub(ann), LIMITS.leaseMs / 2);
    expect(of(await read(APP), ann)).toEqual(["Login"]);
    await later(userStub(ann), LIMITS.leaseMs + 1);
    await handOver(userStub(ann));
    expect(of(await read(APP), ann)).toEqual(["Logout"]);
  });

  it("[EV8] are handed over after the object was lost", async () => {
    const ann = newUser("ann");
    const { device } = await Device.login(ann, ON);
    await evictDurableObject(userStub(ann), { webSockets: "close" });
    await device.next("closed");
    await handOver(userStub(ann));
    expect(of(await read(APP), ann)).toEqual(["Login"]);
  });

  it("[EV9] wait while the queue cannot be reached", async () => {
    const ann = newUser("ann");
    await Device.login(ann, ON);
    const away = vi
      .spyOn(Object.getPrototypeOf(await runInDurableObject(eventsObject(env, APP, shardOf(ann)), (object) => object)), "push")
      .mockRejectedValue(new Error("away"));
    await handOver(userStub(ann));
    expect(away).toHaveBeenCalled();
    away.mockRestore();
    expect(of(await read(APP), ann)).toEqual([]);
    await later(userStub(ann), 15_000);
    expect(of(await read(APP), ann)).toEqual(["Login"]);
  });

  it("[EV1] cost nothing while the setting is off", async () => {
    const ann = newUser("ann");
    const { device } = await Device.login(ann);
    const tables = await runInDurableObject(userStub(ann), (_object, { storage: { sql } }) =>
      sql.exec("SELECT name FROM sqlite_master WHERE name IN ('reported', 'due')").toArray(),
    );
    expect(tables).toEqual([]);
    device.close();
  });

  it("[EV12] begin with the next connect after the setting is on, and stop when it is off", async () => {
    const ann = newUser("ann");
    await Device.login(ann);
    await Device.login(ann, ON);
    await handOver(userStub(ann));
    expect(of(await read(APP), ann)).toEqual(["Login"]);
    const { device } = await Device.login(ann);
    device.submit("session.logout", {});
    await device.next("closed");
    await handOver(userStub(ann));
    await Device.login(ann, ON);
    await handOver(userStub(ann));
    expect(of(await read(APP), ann)).toEqual(["Login"]);
  });

  it("[EV13] cost nine rows and two alarms to come and to go, all told", async () => {
    const cycle = (user: string, over: object) => async () => {
      const { device } = await Device.login(user, over);
      await handOver(userStub(user));
      device.submit("session.logout", {});
      await device.next("closed");
      await handOver(userStub(user));
    };
    const [ann, bob] = [newUser("ann"), newUser("bob")];
    await cycle(ann, {})();
    await cycle(bob, ON)();
    vi.useRealTimers();
    const off = await costOf(userStub(ann), cycle(ann, {}), "of this object");
    vi.useRealTimers();
    const on = await costOf(userStub(bob), cycle(bob, ON), "of this object");
    expect([on.rows - off.rows, on.alarms - off.alarms]).toEqual([9, 2]);
  });
});

describe("a channel's comings and goings", () => {
  const stubOf = (name: string, type: ChannelType = "message") => env.CHANNEL.getByName(channelName(APP, { type, name }));
  async function join(name: string, user: string, over: Partial<ChannelTrust> = {}): Promise<Device> {
    const trust = {
      app: APP,
      user,
      device: "phone",
      generation: 1,
      channel: { type: "message", name },
      read: true,
      write: true,
      keepAliveMs: 10_000,
      ...ON,
      ...over,
    };
    const type = over.channel?.type ?? "message";
    const headers = { upgrade: "websocket", [TRUST_HEADER]: encodeURIComponent(JSON.stringify(trust)) };
    const device = new Device(must((await stubOf(name, type).fetch("https://object/channel", { headers })).webSocket, "a socket"));
    await device.next("welcome");
    return device;
  }
  const leave = async (device: Device): Promise<void> => {
    device.close();
    await device.next("closed");
  };
  const inChannel = (events: readonly RestEvent[], name: string) =>
    events.flatMap((event) => (event.kind === "channel" && event.channel === name ? [[event.type, event.user]] : []));

  it("[EV3] are those of users, each one's in order", async () => {
    const name = newUser("lobby");
    const [ann, bob] = [newUser("ann"), newUser("bob")];
    const phone = await join(name, ann);
    await join(name, ann, { device: "laptop" });
    await leave(phone);
    await join(name, bob);
    await stubOf(name).leave({ user: ann, device: "laptop", generation: 1 });
    await vi.waitFor(async () => {
      const rows = await runInDurableObject(stubOf(name), (_object, { storage }) => storage.sql.exec("SELECT * FROM attended").toArray());
      expect(JSON.stringify(rows)).toContain("Leave");
    }, PATIENCE);
    await handOver(stubOf(name));
    const told = inChannel(await read(APP, "channel"), name);
    expect(told.filter(([, user]) => user === ann)).toEqual([
      ["Join", ann],
      ["Leave", ann],
    ]);
    expect(told.filter(([, user]) => user === bob)).toEqual([["Join", bob]]);
    expect(await runInDurableObject(stubOf(name), (_object, { storage }) => storage.sql.exec("SELECT * FROM attended").toArray())).toEqual([]);
  });

  it("[EV8] are handed over after the object was lost", async () => {
    const name = newUser("lobby");
    await join(name, "ann");
    await evictDurableObject(stubOf(name), { webSockets: "close" });
    await handOver(stubOf(name));
    expect(inChannel(await read(APP, "channel"), name)).toEqual([["Join", "ann"]]);
  });

  it("[EV1] [EV3] are not written down while the setting is off, nor those of stream channels", async () => {
    const name = newUser("lobby");
    await join(name, "ann", { settings: DEFAULT_SETTINGS });
    await join(name, "bob", { channel: { type: "stream", name } });
    for (const type of ["message", "stream"] as const) {
      const rows = await runInDurableObject(stubOf(name, type), (_object, { storage }) => storage.sql.exec("SELECT * FROM attended").toArray());
      expect(rows).toEqual([]);
    }
  });
});
