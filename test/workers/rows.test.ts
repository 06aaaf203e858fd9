import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { TIMINGS } from "../../src/protocol/limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import type { Call, SessionTrust } from "../../src/server/trust.ts";
import { APP, Device, userStub } from "./device.ts";
import { type Cost, costOf } from "./row-meter.ts";

let users = 0;
const newUser = (name: string): string => `${name}-${++users}`;
const cost = (work: () => Promise<unknown>): Promise<Cost> => costOf(userStub("meter"), work);
const call = (user: string, op: Call["op"], input: Call["input"], over: Partial<Call> = {}) =>
  userStub(user).call({ op, input, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS, ...over });
const NOTHING: Cost = { rows: 0, alarms: 0 };
/** One token: its end does not move with every login. */
const token: Partial<SessionTrust> = { tokenExpiresAt: Date.now() + 7_200_000 };
const login = async (user: string, over: Partial<SessionTrust> = {}): Promise<Device> => (await Device.login(user, { ...token, ...over })).device;

async function leave(device: Device): Promise<void> {
  device.close();
  await device.next("closed");
}

async function pair() {
  const [ada, bob] = [newUser("ada"), newUser("bob")];
  return { ada, bob, a: await login(ada), b: await login(bob) };
}

async function exchange(a: Device, b: Device, to: string, input: object = {}): Promise<void> {
  const id = a.submit("peer.send", { to, data: "x", ...input });
  b.received(await b.next("message"));
  await a.replyTo(id);
}

afterEach(() => void vi.useRealTimers());

describe("rows and alarms", () => {
  it("[RO1] of first connects", async () => {
    const ada = newUser("ada");
    expect(await cost(() => login(ada))).toEqual({ rows: 1, alarms: 1 });
    expect(await cost(() => login(ada, { device: "laptop" }))).toEqual({ rows: 1, alarms: 0 });
    expect(await cost(() => login(newUser("bob"), { enforceExpiry: false }))).toEqual({ rows: 1, alarms: 0 });
  });

  it("[RO2] of a lost socket and its return", async () => {
    const { ada, a, b } = await pair();
    expect(
      await cost(async () => {
        await leave(a);
        await b.request("presence.query", { users: [ada] });
      }),
    ).toEqual({ rows: 1, alarms: 0 });
    expect(await cost(() => login(ada))).toEqual({ rows: 1, alarms: 0 });
    expect(await cost(() => login(ada))).toEqual(NOTHING);
  });

  it("[RO3] of messages between connected devices, and of signs of life", async () => {
    const { bob, a, b } = await pair();
    expect(await cost(() => exchange(a, b, bob))).toEqual(NOTHING);
    expect(
      await cost(async () => {
        await b.request("session.keep-alive", { keepAliveMs: 20_000 });
        b.raw("ping");
        await b.next("pong");
        b.post([{ type: "ack", stream: "inbox", upTo: 5 }]);
        await b.settle();
      }),
    ).toEqual(NOTHING);
  });

  it("[RO4] of messages that wait", async () => {
    const { bob, a, b } = await pair();
    await leave(b);
    const send = () => a.request("peer.send", { to: bob, data: "x" });
    const readAll = async (device: Device) => {
      device.post([{ type: "ack", stream: "inbox", upTo: 99 }]);
      await device.settle();
    };
    expect(await cost(send)).toEqual({ rows: 3, alarms: 0 });
    expect(await cost(send)).toEqual({ rows: 1, alarms: 0 });
    const back = await login(bob);
    expect(await cost(() => readAll(back))).toEqual({ rows: 3, alarms: 0 });
    await leave(back);
    expect(await cost(send)).toEqual({ rows: 1, alarms: 0 });
    const read = await login(bob);
    expect(await cost(() => readAll(read))).toEqual({ rows: 2, alarms: 0 });
    await leave(read);
    for (let n = 0; n < 3; n++) await send();
    const again = await login(bob);
    expect(await cost(() => readAll(again))).toEqual({ rows: 4, alarms: 0 });
  });

  it("[IN14] of messages for somebody who never comes, which are gone when they are too old", async () => {
    const { a } = await pair();
    const nobody = newUser("nobody");
    const hour = 3_600_000;
    const settings = { ...DEFAULT_SETTINGS, inboxAgeMs: hour };
    const pages = () =>
      runInDurableObject(userStub(nobody), async (_object, { storage }) => ({
        pages: storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM inbox_page").one().n,
        alarm: await storage.getAlarm(),
      }));
    const start = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    const deliver = (id: number) =>
      userStub(nobody).deliver(
        { from: "ada", deliveries: [{ message: { from: "ada", device: "phone", id, ts: Date.now(), data: "x" }, ifAbsent: "keep" }] },
        JSON.stringify(settings),
      );
    // The head, the page, the deadline, how long messages wait where that is not the default, and the alarm.
    expect(await cost(() => deliver(1))).toEqual({ rows: 3, alarms: 1 });
    expect(await pages()).toEqual({ pages: 1, alarm: start + hour });
    vi.setSystemTime(start + hour / 2);
    expect(await cost(() => deliver(2))).toEqual({ rows: 1, alarms: 0 });
    await evictDurableObject(userStub(nobody), { webSockets: "hibernate" });
    vi.setSystemTime(start + hour);
    await runDurableObjectAlarm(userStub(nobody));
    expect(await pages()).toEqual({ pages: 1, alarm: start + 1.5 * hour });
    await evictDurableObject(userStub(nobody), { webSockets: "hibernate" });
    vi.setSystemTime(start + 1.5 * hour);
    await runDurableObjectAlarm(userStub(nobody));
    expect(await pages()).toEqual({ pages: 0, alarm: null });
    a.close();
  });

  it("[RO5] of stored messages and their export", async () => {
    const { bob, a, b } = await pair();
    const store = () => exchange(a, b, bob, { store: true });
    const exported = async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TIMINGS.exportDelayMs + 1 });
      await runDurableObjectAlarm(userStub(bob));
      vi.useRealTimers();
    };
    expect(await cost(store)).toEqual({ rows: 3, alarms: 1 });
    expect(await cost(store)).toEqual({ rows: 1, alarms: 0 });
    // The alarm goes on to the next deadline, the token's end.
    expect(await cost(exported)).toEqual({ rows: 2, alarms: 1 });
    expect(await cost(store)).toEqual({ rows: 2, alarms: 1 });
  });

  it("[RO6] of joins", async () => {
    const { a } = await pair();
    const join = () => a.request("channel.join", { channel: { type: "message", name: "tea" }, via: "direct" });
    expect(await cost(join)).toEqual({ rows: 1, alarms: 0 });
    expect(await cost(join)).toEqual(NOTHING);
  });

  it("[RO7] of messages from servers", async () => {
    const { ada, bob, b } = await pair();
    const send = async (over: Partial<Call> = {}) => {
      const sent = call(bob, "peer.send", { to: bob, from: ada, data: "x" }, over);
      b.received(await b.next("message"));
      await sent;
    };
    expect(await cost(send)).toEqual({ rows: 1, alarms: 0 });
    expect(await cost(send)).toEqual(NOTHING);
    expect(await cost(() => send({ idempotencyKey: "k" }))).toEqual({ rows: 2, alarms: 0 });
  });

  it("[RO8] none of an hour with nobody watching", async () => {
    const { ada, bob, a, b } = await pair();
    const start = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    const hour = await cost(async () => {
      let device = b;
      for (let minutes = 0; minutes < 60; minutes += 6) {
        vi.setSystemTime(start + minutes * 60_000);
        await exchange(a, device, bob);
        await exchange(device, a, ada);
        await leave(device);
        await a.request("presence.query", { users: [bob] });
        // A test's device counts from the start again, which only a new instance may.
        device = await login(bob, { instance: `i${minutes}` });
      }
    });
    expect(hour.alarms).toBe(0);
  });

  it("[RO9] of a logout", async () => {
    const { ada, bob, a } = await pair();
    expect(await cost(() => call(bob, "user.kick", { user: bob }))).toEqual({ rows: 2, alarms: 0 });
    for (const name of ["tea", "bar"]) await a.request("channel.join", { channel: { type: "message", name }, via: "direct" });
    // The channels' own rows are not the user's; each of the two, where nobody is, has to forget what it was told in time.
    expect(await costOf(userStub(ada), () => call(ada, "user.kick", { user: ada }), "of this object")).toEqual({ rows: 8, alarms: 2 });
  });

  it("[RO10] none of asking after somebody who never was here", async () => {
    const nobody = newUser("nobody");
    const asked = await cost(async () => {
      for (const op of ["presence.query", "user-attributes.get", "user.devices", "user.kick", "user.history"] as const) {
        expect(await call(nobody, op, { user: nobody, users: [nobody] })).toHaveProperty("ok");
      }
      await userStub(nobody).watch("ada", undefined);
    });
    expect(asked).toEqual(NOTHING);
  });
});
