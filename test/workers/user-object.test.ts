import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { buildToken } from "../../src/client/token.ts";
import { CLOSE, closeOrder } from "../../src/protocol/close-codes.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import { type ChannelTrust, TRUST_HEADER } from "../../src/server/trust.ts";
import { must } from "../../src/util/assert.ts";
import { PATIENCE } from "../support/patience.ts";
import { DEV_CERTIFICATE } from "./client.ts";
import { APP, Device, userStub } from "./device.ts";

const TOO_LARGE = "x".repeat(LIMITS.payloadBytes + 1);
let users = 0;
/** Storage is shared within a file. */
const newUser = (name: string): string => `${name}-${++users}`;

async function pair() {
  const [ada, bob] = [newUser("ada"), newUser("bob")];
  const { device: a } = await Device.login(ada);
  const { device: b } = await Device.login(bob);
  return { ada, bob, a, b };
}

describe("sessions", () => {
  it("[US1] the first message is the welcome, and a ping is answered", async () => {
    const user = newUser("ada");
    const { device, welcome } = await Device.login(user);
    expect(welcome).toMatchObject({ kind: "session", user, device: "phone", generation: 1, firstId: 2 ** 28, keepAliveMs: 10_000, inbox: { seq: 0 } });
    device.raw("ping");
    expect(await device.next("pong")).toBeDefined();
  });

  it("[US2] the same instance keeps its generation, a new one gets the next", async () => {
    const user = newUser("ada");
    const { device: first } = await Device.login(user);
    const { device: again, welcome } = await Device.login(user);
    expect(welcome.generation).toBe(1);
    expect(await first.next("closed")).toMatchObject({ code: CLOSE.goAway.code });
    const { welcome: later } = await Device.login(user, { instance: "i2" });
    expect(later.generation).toBe(2);
    expect(await again.next("closed")).toMatchObject({ code: CLOSE.replaced.code });
  });

  it("[US25] of sockets opened side by side only a higher number replaces the present one", async () => {
    const user = newUser("ada");
    const { device: present } = await Device.login(user, { attempt: 2 });
    for (const attempt of [2, 1]) expect(await (await Device.connect(user, { attempt })).next("closed")).toMatchObject({ code: CLOSE.goAway.code });
    expect(await present.request("user.devices", {})).toMatchObject({ ok: {} });
    const { device: next } = await Device.login(user, { attempt: 3 });
    expect(await present.next("closed")).toMatchObject({ code: CLOSE.goAway.code });
    const { welcome } = await Device.login(user, { attempt: 1, instance: "i2" });
    expect(welcome.generation).toBe(2);
    expect(await next.next("closed")).toMatchObject({ code: CLOSE.replaced.code });
  });

  it("[US3] policy newest: the newest login ends the others", async () => {
    const user = newUser("ada");
    const { device: phone } = await Device.login(user);
    await Device.login(user, { device: "laptop", settings: { ...DEFAULT_SETTINGS, devicePolicy: "newest" } });
    expect(await phone.next("closed")).toMatchObject({ code: CLOSE.replaced.code });
  });

  it("[US6] a logout is answered, then the socket closes and the device is forgotten", async () => {
    const user = newUser("ada");
    const { device } = await Device.login(user);
    expect(await device.request("session.logout", {})).toMatchObject({ ok: {} });
    expect(await device.next("closed")).toMatchObject({ code: CLOSE.loggedOut.code });
    const { device: other } = await Device.login(user, { device: "laptop" });
    expect(await other.request("user.devices", {})).toMatchObject({ ok: { devices: [{ device: "laptop", connected: true }] } });
  });

  it("[US7] a kick closes the device with its own code", async () => {
    const user = newUser("ada");
    const { device } = await Device.login(user);
    const reply = await userStub(user).call({ op: "user.kick", input: { user }, caller: { kind: "server", app: "x" }, settings: DEFAULT_SETTINGS });
    expect(reply).toEqual({ ok: { closed: 1 } });
    expect(await device.next("closed")).toMatchObject({ code: CLOSE.banned.code });
  });

  it("[US8] a client's close is answered", async () => {
    const { device } = await Device.login(newUser("ada"));
    device.close(1000);
    expect(await device.next("closed")).toMatchObject({ code: 1000 });
  });

  it.each<[string, string | Uint8Array, number]>([
    ["no JSON", "{", CLOSE.badFrame.code],
    ["no message", "17", CLOSE.badFrame.code],
    ["no type and no id", "{}", CLOSE.badFrame.code],
    ["a malformed receipt", '{"type":"received","messages":[["x"]]}', CLOSE.badFrame.code],
    ["a header that is not UTF-8", new Uint8Array([0, 0, 0, 2, 0xff, 0xfe]), CLOSE.badFrame.code],
    ["a frame beyond the limit", "x".repeat(LIMITS.frameBytes + 1), CLOSE.tooLarge.code],
  ])("[US9] %s closes the socket with the typed code", async (_what, frame, code) => {
    const { device } = await Device.login(newUser("ada"));
    device.raw(frame);
    expect(await device.next("closed")).toMatchObject({ code });
  });

  it("[US10] a bad message among good ones loses none of the good ones", async () => {
    const { device } = await Device.login(newUser("ada"));
    const [first, second, third] = [device.nextId(), device.nextId(), device.nextId()];
    const ask = (id: number, op: string, input: object) => ({ type: "request", id, op, input });
    device.post([ask(first, "presence.subscriptions", {}), { type: "nonsense", id: second }, ask(third, "user-attributes.get", {}), { type: "nonsense" }]);
    expect(await device.replyTo(first)).toMatchObject({ ok: { users: [] } });
    expect(await device.replyTo(second)).toMatchObject({ error: { code: "bad_frame" } });
    expect(await device.replyTo(third)).toMatchObject({ ok: { attributes: [] } });
    expect(await device.next("closed")).toMatchObject({ code: CLOSE.badFrame.code });
  });

  it.each<[string, object, object]>([
    ["no.such", {}, { code: "unknown_operation" }],
    ["toString", {}, { code: "unknown_operation" }],
    ["user.kick", { user: "x" }, { code: "forbidden" }],
    ["peer.send", { data: "x" }, { code: "bad_request", field: "to" }],
    ["peer.send", { to: "bob", data: TOO_LARGE }, { code: "too_large", field: "data", limit: LIMITS.payloadBytes }],
    ["peer.send", { to: "bob", data: "x", from: "eve" }, { code: "forbidden", field: "from" }],
    ["user-attributes.set", { user: "somebody", attributes: [] }, { code: "forbidden" }],
  ])("[US11] a bad request is refused by name: %s", async (op, input, error) => {
    const { device } = await Device.login(newUser("ada"));
    expect(await device.request(op, input)).toMatchObject({ error });
  });
});

describe("peer messages", () => {
  it("[PM1] go each way, and are answered when the other device has them", async () => {
    const { ada, bob, a, b } = await pair();
    const id = a.submit("peer.send", { to: bob, data: "hello" });
    const hello = await b.next("message");
    expect(hello).toMatchObject({ from: ada, device: "phone", id, data: "hello" });
    b.received(hello);
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1, waiting: 0 } });
    const back = b.submit("peer.send", { to: ada, data: new Uint8Array([1, 2, 3]), customType: "x" });
    const bytes = await a.next("message");
    expect(bytes).toMatchObject({ data: new Uint8Array([1, 2, 3]), customType: "x" });
    a.received(bytes);
    expect(await b.replyTo(back)).toMatchObject({ ok: { delivered: 1, waiting: 0 } });
  });

  it("[PM2] many in one frame arrive in order, once", async () => {
    const { bob, a, b } = await pair();
    const ids = Array.from({ length: 100 }, () => a.nextId());
    a.post(ids.map((id) => ({ type: "request", id, op: "peer.send", input: { to: bob, data: String(id) } })));
    for (const id of ids) {
      const message = await b.next("message");
      expect(message.id).toBe(id);
      b.received(message);
    }
    for (const id of ids) expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1 } });
  });

  it("[PM25] do not overtake one that has not come", async () => {
    const { bob, a, b } = await pair();
    const [first, second] = [a.nextId(), a.nextId()];
    const send = (id: number, input: object) => a.post([{ type: "request", id, op: "peer.send", input: { to: bob, data: String(id), ...input } }]);
    send(second, { follows: first });
    expect(await a.replyTo(second)).toMatchObject({ error: { code: "out_of_turn", retry: "later" } });
    send(first, {});
    send(second, { follows: first });
    for (const id of [first, second]) {
      const message = await b.next("message");
      expect(message.id).toBe(id);
      b.received(message);
    }
    for (const id of [first, second]) expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1 } });
    send(a.nextId(), { follows: second });
    expect(await b.next("message")).toMatchObject({ data: String(second + 1) });
  });

  it("[PM3] wait for an absent device in order, with their bytes, and are gone once acknowledged", async () => {
    const { bob, a, b } = await pair();
    b.close();
    await b.next("closed");
    expect(await a.request("peer.send", { to: bob, data: "one" })).toMatchObject({ ok: { delivered: 0, waiting: 1 } });
    expect(await a.request("peer.send", { to: bob, data: new Uint8Array([7]) })).toMatchObject({ ok: { waiting: 1 } });
    const { device: back, welcome } = await Device.login(bob);
    expect(welcome.inbox).toMatchObject({ seq: 0 });
    const events = await back.next("events");
    expect(events).toMatchObject({
      stream: "inbox",
      after: 0,
      upTo: 2,
      items: [
        { seq: 1, data: "one" },
        { seq: 2, data: new Uint8Array([7]) },
      ],
    });
    back.post([{ type: "ack", stream: "inbox", upTo: 2 }]);
    await back.settle();
    back.close();
    await back.next("closed");
    const { device: last, welcome: again } = await Device.login(bob);
    expect(again.inbox).toMatchObject({ seq: 2 });
    await last.settle();
    expect(last.unread("events")).toEqual([]);
  });

  it("[PM4] are dropped for absent devices when the sender says so", async () => {
    const { bob, a, b } = await pair();
    b.close();
    await b.next("closed");
    expect(await a.request("peer.send", { to: bob, data: "x", ifAbsent: "drop" })).toMatchObject({ ok: { delivered: 0, waiting: 0 } });
  });

  it("[PM5] to a user who never was here wait for the first device", async () => {
    const { device: a } = await Device.login(newUser("ada"));
    const bob = newUser("bob");
    expect(await a.request("peer.send", { to: bob, data: "welcome" })).toMatchObject({ ok: { delivered: 0, waiting: 1 } });
    const { device: b } = await Device.login(bob);
    expect(await b.next("events")).toMatchObject({ items: [{ data: "welcome" }] });
  });

  it("[PM6] that a device does not acknowledge go to its inbox, and say so", async () => {
    const { bob, a, b } = await pair();
    const id = a.submit("peer.send", { to: bob, data: "slow" });
    await b.next("message");
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 0, waiting: 1 } });
    expect(await b.next("events")).toMatchObject({ items: [{ data: "slow", id }] });
  });

  it("[PM6] that were not acknowledged when the socket closed wait at once", async () => {
    const { bob, a, b } = await pair();
    const id = a.submit("peer.send", { to: bob, data: "lost?" });
    await b.next("message");
    b.close();
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 0, waiting: 1 } });
    const { device: back } = await Device.login(bob);
    expect(await back.next("events")).toMatchObject({ items: [{ id, data: "lost?" }] });
  });

  it("[PM7] submitted again are answered as before and not delivered again", async () => {
    const { bob, a, b } = await pair();
    const id = a.submit("peer.send", { to: bob, data: "x" });
    b.received(await b.next("message"));
    await a.replyTo(id);
    a.post([{ type: "request", id, op: "peer.send", input: { to: bob, data: "x" } }]);
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1, waiting: 0, duplicate: true } });
    await b.settle();
    expect(b.unread("message")).toEqual([]);
  });

  it("[PM8] go to the sender's other devices when it asks for that, with the name of the receiver", async () => {
    const { ada, bob, a, b } = await pair();
    const { device: laptop } = await Device.login(ada, { device: "laptop" });
    a.submit("peer.send", { to: bob, data: "x", sync: true });
    expect(await laptop.next("message")).toMatchObject({ from: ada, to: bob, data: "x" });
    expect(await b.next("message")).toMatchObject({ data: "x" });
    expect(a.unread("message")).toEqual([]);
  });

  it("[PM9] to oneself go to the other devices", async () => {
    const ada = newUser("ada");
    const { device: a } = await Device.login(ada);
    const { device: laptop } = await Device.login(ada, { device: "laptop" });
    const id = a.submit("peer.send", { to: ada, data: "note" });
    laptop.received(await laptop.next("message"));
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1, waiting: 0 } });
    expect(a.unread("message")).toEqual([]);
  });

  it("[PM10] from a server repeat their answer under one idempotency key", async () => {
    const { ada, bob, b } = await pair();
    const call = {
      op: "peer.send" as const,
      input: { to: bob, data: "x", from: ada },
      caller: { kind: "server" as const, app: "x" },
      settings: DEFAULT_SETTINGS,
      idempotencyKey: "k",
    };
    const first = userStub(bob).call(call);
    const message = await b.next("message");
    expect(message).toMatchObject({ from: ada, device: "server" });
    b.received(message);
    expect(await first).toEqual({ ok: { delivered: 1, waiting: 0 } });
    expect(await userStub(bob).call(call)).toEqual({ ok: { delivered: 1, waiting: 0, duplicate: true } });
  });

  it("[PM11] are answered although both objects slept before", async () => {
    const { ada, bob, a, b } = await pair();
    await evictDurableObject(userStub(bob));
    await evictDurableObject(userStub(ada));
    const id = a.submit("peer.send", { to: bob, data: "x" });
    b.received(await b.next("message"));
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1, waiting: 0 } });
  });

  it("[PM12] are settled by their receiver alone", async () => {
    const { ada, bob, a, b } = await pair();
    const { device: eve } = await Device.login(newUser("eve"));
    const id = a.submit("peer.send", { to: bob, data: "x" });
    const message = await b.next("message");
    eve.post([{ type: "received", messages: [[ada, "phone", id]] }]);
    await eve.settle();
    await a.settle();
    expect(a.unread("reply")).toEqual([]);
    b.received(message);
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1 } });
  });

  it("[PM21] are refused to users the token does not name", async () => {
    const bob = newUser("bob");
    const { device: a } = await Device.login(newUser("ada"), { rights: [{ resource: "users", access: "w", names: [bob] }] });
    expect(await a.request("peer.send", { to: bob, data: "x" })).toMatchObject({ ok: { waiting: 1 } });
    expect(await a.request("peer.send", { to: "carol", data: "x" })).toMatchObject({ error: { code: "forbidden", field: "to" } });
  });

  it("[PM23] keep nobody awake once they are settled", async () => {
    const { ada, bob, a, b } = await pair();
    const id = a.submit("peer.send", { to: bob, data: "x" });
    b.received(await b.next("message"));
    await a.replyTo(id);
    const before = Date.now();
    // An eviction waits for timers.
    await evictDurableObject(userStub(ada));
    await evictDurableObject(userStub(bob));
    expect(Date.now() - before).toBeLessThan(LIMITS.deliveryAckMs / 2);
  });

  it("[PM10] from a server are sent once, although the key is used again before there is an answer", async () => {
    const { ada, bob, b } = await pair();
    const call = {
      op: "peer.send" as const,
      input: { to: bob, data: "x", from: ada },
      caller: { kind: "server" as const, app: "x" },
      settings: DEFAULT_SETTINGS,
      idempotencyKey: "k",
    };
    const both = [userStub(bob).call(call), userStub(bob).call(call)];
    b.received(await b.next("message"));
    expect(await Promise.all(both)).toMatchObject([{ ok: { delivered: 1 } }, { ok: { delivered: 1 } }]);
    expect(b.unread("message")).toEqual([]);
  });
});

describe("eviction", () => {
  it("[IN9] between any two events changes nothing a reader of its inbox sees", async () => {
    const { bob, a, b } = await pair();
    const sleep = () => evictDurableObject(userStub(bob));
    b.close();
    await b.next("closed");
    await sleep();
    await a.request("peer.send", { to: bob, data: "1" });
    await sleep();
    await a.request("peer.send", { to: bob, data: "2" });
    await sleep();
    const { device: back } = await Device.login(bob);
    expect(await back.next("events")).toMatchObject({ after: 0, upTo: 2, items: [{ data: "1" }, { data: "2" }] });
    await sleep();
    await a.request("peer.send", { to: bob, data: "3" });
    expect(await back.next("events")).toMatchObject({ after: 2, upTo: 3, items: [{ data: "3" }] });
    await sleep();
    back.post([{ type: "ack", stream: "inbox", upTo: 3 }]);
    await back.settle();
    await sleep();
    const id = a.submit("peer.send", { to: bob, data: "4" });
    const direct = await back.next("message");
    expect(direct).toMatchObject({ data: "4" });
    back.received(direct);
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1 } });
  });
});

describe("messages that bridge a short absence", () => {
  afterEach(() => void vi.useRealTimers());
  const later = (ms: number): void => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  const bridge = (from: Device, to: string, data: string): number => from.submit("peer.send", { to, data, ifAbsent: "bridge" });
  /** Its answer comes when all that was sent before is there as well. */
  const keep = async (from: Device, to: string, data: string) => expect(await from.request("peer.send", { to, data })).toMatchObject({ ok: { waiting: 1 } });
  const cutOff = async () => {
    const both = await pair();
    both.b.close();
    await both.b.next("closed");
    return both;
  };
  const back = (user: string, changes = {}) => Device.login(user, { tokenExpiresAt: Date.now() + 3_600_000, ...changes });

  it("[PM90] [PM94] wait for a device that comes back in time, in order, wherever its object sleeps", async () => {
    const { bob, a } = await cutOff();
    const sleep = () => evictDurableObject(userStub(bob));
    await sleep();
    bridge(a, bob, "1");
    await keep(a, bob, "2");
    await sleep();
    later(LIMITS.leaseMs - 5_000);
    bridge(a, bob, "3");
    await keep(a, bob, "4");
    await sleep();
    const { device } = await back(bob);
    expect(await device.next("events")).toMatchObject({ after: 0, upTo: 4, items: [{ data: "1" }, { data: "2" }, { data: "3" }, { data: "4" }] });
  });

  it("[PM91] [PM93] [PM94] do not wait longer, and leave no gap, not even for a device that read nothing and comes again", async () => {
    const { bob, a } = await cutOff();
    bridge(a, bob, "1");
    await keep(a, bob, "2");
    later(LIMITS.leaseMs);
    expect(await a.replyTo(bridge(a, bob, "3"))).toMatchObject({ ok: { delivered: 0, waiting: 0 } });
    for (let login = 0; login < 2; login++) {
      const { device, welcome } = await back(bob);
      expect(welcome.inbox).toMatchObject({ seq: 0 });
      expect(await device.next("events")).toMatchObject({ after: 0, upTo: 2, items: [{ seq: 2, data: "2" }] });
      await evictDurableObject(userStub(bob), { webSockets: "close" });
    }
  });

  it("[PM93] are not for another instance, nor for the device that takes its place", async () => {
    const settings = { ...DEFAULT_SETTINGS, devicePolicy: "newest" as const };
    for (const next of [{ instance: "i2" }, { device: "laptop", settings }]) {
      const { bob, a } = await cutOff();
      bridge(a, bob, "1");
      await keep(a, bob, "2");
      const { device } = await back(bob, next);
      expect(await device.next("events")).toMatchObject({ items: [{ data: "2" }] });
    }
  });

  it("[PM90] [PM94] wait for a device whose socket went with its object, from when the object is back", async () => {
    const { bob, a } = await pair();
    later(LIMITS.leaseMs * 10);
    await evictDurableObject(userStub(bob), { webSockets: "close" });
    bridge(a, bob, "1");
    await keep(a, bob, "2");
    const { device } = await back(bob);
    expect(await device.next("events")).toMatchObject({ items: [{ data: "1" }, { data: "2" }] });
  });

  it("[PM95] are answered when the device is back and has one, or, after a while, as waiting", async () => {
    const { bob, a } = await cutOff();
    const [had, unread] = [bridge(a, bob, "1"), bridge(a, bob, "2")];
    await keep(a, bob, "3");
    const { device } = await back(bob);
    expect(await device.next("events")).toMatchObject({ items: [{ data: "1", bridged: true }, { data: "2", bridged: true }, { data: "3" }] });
    device.post([{ type: "ack", stream: "inbox", upTo: 1 }]);
    expect(await a.replyTo(had)).toMatchObject({ ok: { delivered: 1, waiting: 0 } });
    expect(await a.replyTo(unread)).toMatchObject({ ok: { delivered: 0, waiting: 1 } });
  });

  it("[PM92] [PM95] are so when the socket was lost before a push was acknowledged", async () => {
    const { bob, a, b } = await pair();
    const id = bridge(a, bob, "1");
    await b.next("message");
    b.close();
    await b.next("closed");
    const { device } = await back(bob);
    expect(await device.next("events")).toMatchObject({ items: [{ data: "1" }] });
    device.post([{ type: "ack", stream: "inbox", upTo: 1 }]);
    expect(await a.replyTo(id)).toMatchObject({ ok: { delivered: 1, waiting: 0 } });
  });

  it("[PM92] [PM93] that were pushed and not acknowledged are for the same client alone", async () => {
    for (const [instance, items] of [
      ["i1", [{ data: "1" }, { data: "2" }]],
      ["i2", [{ data: "2" }]],
    ] as const) {
      const { bob, a, b } = await pair();
      bridge(a, bob, "1");
      a.submit("peer.send", { to: bob, data: "2" });
      await b.next("message");
      await b.next("message");
      const { device } = await back(bob, { instance });
      expect(await device.next("events")).toMatchObject({ items });
    }
  });
});

describe("an inbox on the wire", () => {
  it("[IN7] says what overflowed, then brings the rest", async () => {
    const settings = { ...DEFAULT_SETTINGS, inboxMessages: 1 };
    const bob = newUser("bob");
    const { device: a } = await Device.login(newUser("ada"), { settings });
    const { device: b } = await Device.login(bob, { settings });
    b.close();
    await b.next("closed");
    await a.request("peer.send", { to: bob, data: "1" });
    expect(await a.request("peer.send", { to: bob, data: "2" })).toMatchObject({ ok: { waiting: 1 } });
    const { device: back } = await Device.login(bob, { settings });
    expect(await back.next("notice")).toMatchObject({ name: "inbox.truncated", from: 1, to: 1 });
    expect(await back.next("events")).toMatchObject({ items: [{ seq: 2, data: "2" }] });
  });

  it("[IN12] a reader that acknowledges nothing is not sent everything", async () => {
    const { bob, a, b } = await pair();
    b.close();
    await b.next("closed");
    const large = new Uint8Array(LIMITS.payloadBytes);
    for (let n = 0; n < 60; n++) await a.request("peer.send", { to: bob, data: large });
    const { device: slow } = await Device.login(bob);
    await slow.settle();
    const seen = (): number => Number(slow.unread("events").at(-1)?.upTo);
    const first = seen();
    expect(first).toBeLessThan(45);
    slow.post([{ type: "ack", stream: "inbox", upTo: first }]);
    await slow.settle();
    expect(seen()).toBe(60);
  });

  it("[IN8] resumes where the client says it stands", async () => {
    const { bob, a, b } = await pair();
    b.close();
    await b.next("closed");
    for (const data of ["1", "2"]) await a.request("peer.send", { to: bob, data });
    const { device: back } = await Device.login(bob);
    const { epoch } = await back.next("events");
    expect(await back.request("stream.resume", { streams: [{ stream: "inbox", epoch, seq: 1 }] })).toMatchObject({ ok: { streams: [{ recovered: true }] } });
    expect(await back.next("events")).toMatchObject({ after: 1, upTo: 2, items: [{ data: "2" }] });
    expect(await back.request("stream.resume", { streams: [{ stream: "inbox", epoch: "0".repeat(16), seq: 1 }] })).toMatchObject({
      ok: { streams: [{ epoch, seq: 0, recovered: false, reason: "epoch-changed" }] },
    });
  });
});

describe("tokens", () => {
  const tokenFor = (userId: string) => buildToken({ appId: APP, certificate: DEV_CERTIFICATE, userId, expireSeconds: 600 });

  it("[US16] a session is warned before its token ends, and closed at the end", async () => {
    const { device } = await Device.login(newUser("ada"), { tokenExpiresAt: Date.now() + 600 });
    expect(await device.next("notice")).toMatchObject({ name: "token.will-expire" });
    expect(await device.next("closed")).toMatchObject({ code: CLOSE.tokenExpired.code });
  });

  it("[US16] a renewal in time prevents that; a token that is no good changes nothing", async () => {
    const [user, other] = [newUser("ada"), newUser("eve")];
    const { device } = await Device.login(user, { tokenExpiresAt: Date.now() + 1_000 });
    await device.next("notice");
    expect(await device.request("session.renew", { token: "007nonsense" })).toMatchObject({ error: { code: "token_invalid" } });
    expect(await device.request("session.renew", { token: await tokenFor(other) })).toMatchObject({ error: { code: "token_foreign" } });
    const renewed = await device.request("session.renew", { token: await tokenFor(user) });
    expect(renewed).toMatchObject({ ok: { expiresAt: expect.any(Number) } });
    await evictDurableObject(userStub(user));
    await device.settle();
    expect(device.unread("closed")).toEqual([]);
  });

  it("[US17] a token whose end is not enforced warns nobody", async () => {
    const { device, welcome } = await Device.login(newUser("ada"), { tokenExpiresAt: Date.now() - 1, enforceExpiry: false });
    expect(welcome.tokenExpiresAt).toBeUndefined();
    await device.settle();
    expect([...device.unread("notice"), ...device.unread("closed")]).toEqual([]);
  });
});

describe("attributes", () => {
  it("[UA2] set replaces, update merges, remove deletes those named, clear all", async () => {
    const { device } = await Device.login(newUser("ada"));
    const all = async () => ((await device.request("user-attributes.get", {})).ok as { attributes: object[] }).attributes;
    await device.request("user-attributes.set", {
      attributes: [
        { key: "a", value: "1" },
        { key: "b", value: "2" },
      ],
    });
    await device.request("user-attributes.update", {
      attributes: [
        { key: "b", value: "3" },
        { key: "c", value: "4" },
      ],
    });
    expect(await all()).toEqual([
      { key: "a", value: "1" },
      { key: "b", value: "3" },
      { key: "c", value: "4" },
    ]);
    await device.request("user-attributes.remove", { keys: ["a", "none"] });
    expect(await device.request("user-attributes.get", { keys: ["a", "c"] })).toMatchObject({ ok: { attributes: [{ key: "c", value: "4" }] } });
    await device.request("user-attributes.set", { attributes: [{ key: "z", value: "" }] });
    expect(await all()).toEqual([{ key: "z", value: "" }]);
    await device.request("user-attributes.clear", {});
    expect(await all()).toEqual([]);
  });

  it.each<[string, object, object]>([
    ["a key of 33 bytes", { attributes: [{ key: `${"é".repeat(16)}x`, value: "" }] }, { code: "bad_request", field: "attributes.0.key", limit: 32 }],
    ["a value over 8 KB", { attributes: [{ key: "k", value: "x".repeat(8 * 1024 + 1) }] }, { field: "attributes.0.value", limit: 8 * 1024 }],
    ["33 attributes", { attributes: Array.from({ length: 33 }, (_, n) => ({ key: `k${n}`, value: "" })) }, { field: "attributes", limit: 32 }],
  ])("[UA3] %s is refused by name", async (_what, input, error) => {
    const { device } = await Device.login(newUser("ada"));
    expect(await device.request("user-attributes.set", input)).toMatchObject({ error });
  });

  it("[UA4] what would be too much in all is refused and changes nothing", async () => {
    const { device } = await Device.login(newUser("ada"));
    const value = "x".repeat(8 * 1024);
    await device.request("user-attributes.set", { attributes: [{ key: "a", value }] });
    expect(await device.request("user-attributes.update", { attributes: [{ key: "b", value }] })).toMatchObject({
      error: { code: "too_large", field: "attributes", limit: 16 * 1024 },
    });
    expect(await device.request("user-attributes.get", {})).toMatchObject({ ok: { attributes: [{ key: "a" }] } });
  });

  it("[UA1] are read by anybody and outlive the object's sleep", async () => {
    const { ada, a, b } = await pair();
    expect(await a.request("user-attributes.set", { attributes: [{ key: "__proto__", value: "v" }] })).toMatchObject({ ok: {} });
    await evictDurableObject(userStub(ada));
    expect(await b.request("user-attributes.get", { user: ada })).toMatchObject({ ok: { attributes: [{ key: "__proto__", value: "v" }] } });
    expect(await b.request("user-attributes.set", { user: ada, attributes: [] })).toMatchObject({ error: { code: "forbidden" } });
  });
});

describe("online status", () => {
  it("[PS1] is told to whoever asks, for many users at once", async () => {
    const { ada, bob, a } = await pair();
    const reply = await a.request("presence.query", { users: [ada, bob, "nobody-ever"] });
    expect(reply).toMatchObject({
      ok: {
        users: [
          { user: ada, state: "ONLINE" },
          { user: bob, state: "ONLINE" },
          { user: "nobody-ever", state: "OFFLINE" },
        ],
      },
    });
  });

  it("[PS2] changes are told to watchers: a lost socket, a return, a logout", async () => {
    const { bob, a, b } = await pair();
    expect(await a.request("presence.subscribe", { users: [bob] })).toMatchObject({ ok: { users: [{ user: bob, state: "ONLINE" }] } });
    b.close();
    expect(await a.next("notice")).toMatchObject({ name: "presence.changed", users: [{ user: bob, state: "UNREACHABLE" }] });
    const { device: back } = await Device.login(bob);
    expect(await a.next("notice")).toMatchObject({ users: [{ user: bob, state: "ONLINE" }] });
    await evictDurableObject(userStub(bob));
    back.submit("session.logout", {});
    expect(await a.next("notice")).toMatchObject({ users: [{ user: bob, state: "OFFLINE" }] });
    expect(await a.request("presence.unsubscribe", { users: [bob] })).toMatchObject({ ok: {} });
    expect(await a.request("presence.subscriptions", {})).toMatchObject({ ok: { users: [] } });
  });

  it("[PS7] a device that leaves a push unacknowledged is UNREACHABLE until it is heard", async () => {
    const { bob, a, b } = await pair();
    await a.request("presence.subscribe", { users: [bob] });
    const sent = a.submit("peer.send", { to: bob, data: "there?" });
    await b.next("message");
    expect(await a.next("notice")).toMatchObject({ users: [{ user: bob, state: "UNREACHABLE" }] });
    expect(await a.replyTo(sent)).toMatchObject({ ok: { delivered: 0, waiting: 1 } });
    await b.settle();
    expect(await a.next("notice")).toMatchObject({ users: [{ user: bob, state: "ONLINE" }] });
  });

  it("[PS10] a dead socket that the platform still lists says nothing of the device whose newest one is alive", async () => {
    const bob = newUser("bob");
    const { device: a } = await Device.login(newUser("ada"));
    for (const device of ["before", "phone", "after"]) await Device.login(bob, { device });
    // As a way that was cut leaves them: nobody has told the platform of their end.
    await runInDurableObject(userStub(bob), (_object, state) => {
      const session = must(state.getWebSockets("phone")[0], "the phone's socket").deserializeAttachment();
      const dead = { ...session, connectedAt: session.connectedAt - 3_600_000 };
      for (const device of ["before", "after"]) must(state.getWebSockets(device)[0], "its socket").serializeAttachment(dead);
    });
    await evictDurableObject(userStub(bob));
    expect(await a.request("presence.query", { users: [bob] })).toMatchObject({ ok: { users: [{ user: bob, state: "ONLINE" }] } });
  });

  it("[PS6] subscriptions are bounded, survive a reconnect, and end with the last logout", async () => {
    const { ada, bob, a } = await pair();
    const many = Array.from({ length: LIMITS.presenceWatched }, (_, n) => `w${n}`);
    await a.request("presence.subscribe", { users: [bob] });
    expect(await a.request("presence.subscribe", { users: many })).toMatchObject({
      error: { code: "limit_exceeded", field: "users", limit: LIMITS.presenceWatched },
    });
    const { device: back } = await Device.login(ada);
    expect(await back.next("notice")).toMatchObject({ name: "presence.changed", users: [{ user: bob, state: "ONLINE" }] });
    expect(await back.request("presence.subscriptions", {})).toMatchObject({ ok: { users: [bob] } });
    await back.request("session.logout", {});
    await back.next("closed");
    const { device: anew } = await Device.login(ada);
    expect(await anew.request("presence.subscriptions", {})).toMatchObject({ ok: { users: [] } });
  });

  it("[PS5] of a user whose object was lost with its sockets is not OFFLINE before the lease", async () => {
    const { bob, a } = await pair();
    await a.request("presence.subscribe", { users: [bob] });
    await evictDurableObject(userStub(bob), { webSockets: "close" });
    expect(await a.request("presence.query", { users: [bob] })).toMatchObject({ ok: { users: [{ state: "UNREACHABLE" }] } });
    expect(a.unread("notice")).toEqual([]);
    await Device.login(bob);
    await a.settle();
    expect(a.unread("notice")).toEqual([]);
  });
});

describe("channels", () => {
  const channel = { type: "message", name: "lobby" };

  it("[US12] joining directly gives a ticket, as far as the token's rights go", async () => {
    const { device } = await Device.login(newUser("ada"), { rights: [{ resource: "messageChannels", access: "rw", names: ["lobby"] }] });
    expect(await device.request("channel.join", { channel, via: "direct" })).toMatchObject({
      ok: { via: "direct", path: expect.stringContaining("/v1/channel?app="), ticket: expect.stringMatching(/^channel-1\./) },
    });
    expect(await device.request("channel.join", { channel: { ...channel, name: "cellar" }, via: "direct" })).toMatchObject({ error: { code: "forbidden" } });
  });

  it("[US13] a channel rides on the session socket: its messages come, and stop after leaving", async () => {
    const { a, b } = await pair();
    const tea = { type: "message", name: newUser("tea") };
    expect(await a.request("channel.join", { channel: tea, via: "session" })).toMatchObject({
      ok: { via: "session", stream: `channel:message:${tea.name}`, seq: 0 },
    });
    expect(await b.request("channel.publish", { channel: tea, data: "hi" })).toMatchObject({ ok: { seq: 1 } });
    expect(await a.next("events")).toMatchObject({ stream: `channel:message:${tea.name}`, items: [{ data: "hi" }] });
    expect(await a.request("channel.leave", { channel: tea })).toMatchObject({ ok: {} });
    await b.request("channel.publish", { channel: tea, data: "gone" });
    await a.settle();
    expect(a.unread("events")).toEqual([]);
  });

  it("[US14] a kick takes back a ticket whose device is away and whose object slept", async () => {
    const ada = newUser("ada");
    const tea = { type: "message" as const, name: newUser("tea") };
    const { device } = await Device.login(ada);
    await device.request("channel.join", { channel: tea, via: "direct" });
    const trust: ChannelTrust = {
      app: APP,
      user: ada,
      device: "phone",
      generation: 1,
      channel: tea,
      read: true,
      write: true,
      keepAliveMs: 10_000,
      settings: DEFAULT_SETTINGS,
    };
    const enter = async () => {
      const headers = { upgrade: "websocket", [TRUST_HEADER]: encodeURIComponent(JSON.stringify(trust)) };
      const response = await env.CHANNEL.getByName(channelName(APP, tea)).fetch("https://object/channel", { headers });
      return new Device(must(response.webSocket, "a socket"));
    };
    const inside = await enter();
    expect(await inside.next("welcome")).toMatchObject({ kind: "channel" });
    device.close();
    await device.next("closed");
    await evictDurableObject(userStub(ada));
    await userStub(ada).call({ op: "user.kick", input: { user: ada }, caller: { kind: "server", app: "x" }, settings: DEFAULT_SETTINGS });
    expect(await inside.next("closed")).toMatchObject({ code: CLOSE.banned.code });
    const refused = await (await enter()).next("closed");
    expect(closeOrder(Number(refused.code))).not.toBe("come-back");
  });

  it("[US13] riding resumes after a reconnect, frames before the reply", async () => {
    const { ada, a, b } = await pair();
    const tea = { type: "message", name: newUser("tea") };
    const joined = (await a.request("channel.join", { channel: tea, via: "session" })).ok as { stream: string; epoch: string; seq: number };
    a.close();
    await a.next("closed");
    await b.request("channel.publish", { channel: tea, data: "missed" });
    const { device: back } = await Device.login(ada);
    const position = { stream: joined.stream, epoch: joined.epoch, seq: joined.seq };
    expect(await back.request("stream.resume", { streams: [position] })).toMatchObject({ ok: { streams: [{ stream: joined.stream, recovered: true }] } });
    expect(back.unread("events")).toMatchObject([{ stream: joined.stream, items: [{ data: "missed" }] }]);
    expect(await back.request("stream.resume", { streams: [{ ...position, stream: "channel:message:elsewhere" }] })).toMatchObject({
      error: { code: "not_member" },
    });
  });

  it("[US19] frames that a channel sends before its admission is told come after it", async () => {
    const { ada, a } = await pair();
    const tea = { type: "message" as const, name: newUser("tea") };
    const stream = `channel:message:${tea.name}`;
    const frame = (after: number) => JSON.stringify({ type: "events", stream, epoch: "0".repeat(16), after, upTo: after + 1, items: [] });
    const id = a.submit("channel.join", { channel: tea, via: "session" });
    // The channel may be faster than its own answer.
    await vi.waitFor(async () => expect((await userStub(ada).relay({ channel: tea, devices: ["phone"], frames: [frame(0)], upTo: 1 })).gone).toEqual([]), {
      ...PATIENCE,
      interval: 1,
    });
    await a.replyTo(id);
    await a.settle();
    expect(a.seen.filter(({ type, id: of }) => type === "events" || (type === "reply" && of === id)).map(({ type }) => type)).toEqual(["reply", "events"]);
  });

  it("[US20] joining again with a position brings what was missed", async () => {
    const { ada, a, b } = await pair();
    const tea = { type: "message", name: newUser("tea") };
    const { epoch, seq } = (await a.request("channel.join", { channel: tea, via: "session" })).ok as { epoch: string; seq: number };
    a.close();
    await a.next("closed");
    await b.request("channel.publish", { channel: tea, data: "missed" });
    const { device: back } = await Device.login(ada);
    expect(await back.request("channel.join", { channel: tea, via: "session", position: { epoch, seq } })).toMatchObject({ ok: { recovered: true, seq } });
    await b.request("channel.publish", { channel: tea, data: "next" });
    expect(await back.next("events")).toMatchObject({ after: seq, items: [{ data: "missed" }] });
    expect(await back.next("events")).toMatchObject({ after: seq + 1, items: [{ data: "next" }] });
  });

  it("[US21] leaving and joining again at once ends in the channel, whichever call is slower", async () => {
    const { a, b } = await pair();
    const tea = { type: "message" as const, name: newUser("tea") };
    await a.request("channel.join", { channel: tea, via: "session" });
    const left = a.submit("channel.leave", { channel: tea });
    const again = a.submit("channel.join", { channel: tea, via: "session" });
    expect(await a.replyTo(left)).toMatchObject({ ok: {} });
    expect(await a.replyTo(again)).toMatchObject({ ok: { via: "session" } });
    await b.request("channel.publish", { channel: tea, data: "still here?" });
    expect(await a.next("events")).toMatchObject({ items: [{ data: "still here?" }] });
  });

  it("[US24] a riding channel whose device acknowledges nothing is closed, and can be joined again", async () => {
    const { ada, a } = await pair();
    const tea = { type: "message" as const, name: newUser("tea") };
    const stream = `channel:message:${tea.name}`;
    await a.request("channel.join", { channel: tea, via: "session" });
    const frame = (after: number) =>
      JSON.stringify({ type: "events", stream, epoch: "0".repeat(16), after, upTo: after + 1, items: [], pad: "x".repeat(400_000) });
    const relay = (after: number) => userStub(ada).relay({ channel: tea, devices: ["phone"], frames: [frame(after)], upTo: after + 1 });
    expect([(await relay(0)).gone, (await relay(1)).gone]).toEqual([[], []]);
    a.post([{ type: "ack", stream, upTo: 2 }]);
    await a.settle();
    expect([(await relay(2)).gone, (await relay(3)).gone, (await relay(4)).gone]).toEqual([[], [], ["phone"]]);
    await a.settle();
    expect(a.unread("notice")).toContainEqual(expect.objectContaining({ name: "channel.closed", channel: tea, code: 4001 }));
    expect(await a.request("channel.join", { channel: tea, via: "session" })).toMatchObject({ ok: { via: "session" } });
  });

  it("[US14] a kick ends riding", async () => {
    const { ada, a, b } = await pair();
    const tea = { type: "message", name: newUser("tea") };
    await a.request("channel.join", { channel: tea, via: "session" });
    await userStub(ada).call({ op: "user.kick", input: { user: ada }, caller: { kind: "server", app: "x" }, settings: DEFAULT_SETTINGS });
    expect(await b.request("channel.members", { channel: tea })).toMatchObject({ ok: { total: 0 } });
  });
});
