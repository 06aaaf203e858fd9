import { afterEach, describe, expect, it, vi } from "vitest";
import { CLOSE } from "../../src/protocol/close-codes.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { asServer, closeAll, createApp, fresh, joinDirect, login, publish, service } from "../support/accounts.ts";
import { PATIENCE } from "../support/patience.ts";
import type { Json } from "../support/raw-client.ts";

afterEach(closeAll);
/** Receives like a client: each push is acknowledged. */
const acknowledging = async (user: string, options: object = {}) => {
  const session = await login(user, options);
  session.client.onMessage = (message) => {
    if (message.type === "message") session.client.received(message);
  };
  return session;
};
const dataOf = (messages: readonly Json[]): unknown[] => messages.map(({ data }) => data);
const inboxOf = (unread: readonly Json[]): Json[] =>
  unread.flatMap(({ type, stream, items }) => (type === "events" && stream === "inbox" ? (items as Json[]) : []));

describe("a peer message", () => {
  it("[PM1] [PM2] reaches every connected device as it is, in order, and is answered with how many have it", async () => {
    const ann = await login(fresh("ann"));
    const bob = fresh("bob");
    const devices = [await acknowledging(bob), await acknowledging(bob, { device: "laptop" })];
    const bytes = crypto.getRandomValues(new Uint8Array(LIMITS.payloadBytes));
    const sent = ["text", bytes, "é".repeat(LIMITS.payloadBytes / 2)];
    for (const data of sent) expect(await ann.client.ok("peer.send", { to: bob, data })).toEqual({ delivered: 2, waiting: 0 });
    for (const { client } of devices) expect(dataOf(client.unread.filter(({ type }) => type === "message"))).toEqual(sent);
    expect(await ann.client.refused("peer.send", { to: bob, data: new Uint8Array(LIMITS.payloadBytes + 1) })).toMatchObject({
      code: "too_large",
      field: "data",
      limit: LIMITS.payloadBytes,
    });
  });

  it("[PM3] [PM4] [PM5] waits for who is absent, in order, unless it is to be dropped", async () => {
    const ann = await login(fresh("ann"));
    const bob = fresh("bob");
    for (const data of ["one", new Uint8Array([2])]) expect(await ann.client.ok("peer.send", { to: bob, data })).toEqual({ delivered: 0, waiting: 1 });
    expect(await ann.client.ok("peer.send", { to: bob, data: "dropped", ifAbsent: "drop" })).toEqual({ delivered: 0, waiting: 0 });
    const first = await login(bob);
    expect(first.welcome.inbox).toMatchObject({ seq: 0 });
    const events = await first.client.next(({ type, upTo }) => type === "events" && upTo === 2);
    expect([events.stream, events.after, dataOf(events.items as Json[])]).toEqual(["inbox", 0, ["one", new Uint8Array([2])]]);
    first.client.terminate();
    const again = await login(bob);
    await again.client.next(({ type, upTo }) => type === "events" && upTo === 2);
    again.client.post({ type: "ack", stream: "inbox", upTo: 2 });
    await again.client.ok("user.devices", {});
    expect((await login(bob)).welcome.inbox).toMatchObject({ seq: 2 });
  });

  it("[PM90] [PM91] [PM93] that bridges a short absence reaches who comes back in time, behind what waits, and nobody who comes later", async () => {
    const ann = await login(fresh("ann"));
    const bob = fresh("bob");
    const bridge = (data: string) => ann.client.submit("peer.send", { to: bob, data, ifAbsent: "bridge" });
    const becomes = (state: string) =>
      vi.waitUntil(async () => ((await ann.client.ok("presence.query", { users: [bob] })).users as Json[])[0]?.state === state, {
        timeout: 60_000 * service().scale + PATIENCE.timeout,
        interval: 200,
      });
    const waited = async (upTo: number) => {
      const { client } = await login(bob);
      const events = await client.next((message) => message.type === "events" && message.upTo === upTo);
      return { client, data: dataOf(events.items as Json[]) };
    };
    (await login(bob)).client.terminate();
    await becomes("UNREACHABLE");
    await ann.client.ok("peer.send", { to: bob, data: "kept" });
    const one = bridge("one");
    await ann.client.ok("peer.send", { to: bob, data: "kept, too" });
    const inTime = await waited(3);
    expect(inTime.data).toEqual(["kept", "one", "kept, too"]);
    inTime.client.post({ type: "ack", stream: "inbox", upTo: 3 });
    expect((await ann.client.replyTo(one)).ok).toEqual({ delivered: 1, waiting: 0 });
    inTime.client.terminate();
    await becomes("UNREACHABLE");
    expect((await ann.client.replyTo(bridge("two"))).ok).toEqual({ delivered: 0, waiting: 1 });
    await becomes("OFFLINE");
    expect((await ann.client.replyTo(bridge("three"))).ok).toEqual({ delivered: 0, waiting: 0 });
    await ann.client.ok("peer.send", { to: bob, data: "kept again" });
    expect((await waited(5)).data).toEqual(["kept again"]);
  });

  it("[PM6] that is not acknowledged in time goes through the inbox, with those after it, and once", async () => {
    const ann = await login(fresh("ann"));
    const bob = await login(fresh("bob"));
    const ids = ["one", "two"].map((data) => ann.client.submit("peer.send", { to: bob.user, data }));
    for (const id of ids) expect((await ann.client.replyTo(id)).ok).toEqual({ delivered: 0, waiting: 1 });
    await bob.client.next(({ type, upTo }) => type === "events" && upTo === 2).then((events) => expect(dataOf(events.items as Json[])).toEqual(["one", "two"]));
  });

  it("[PM7] submitted again under its id, over another socket, is answered and not delivered again", async () => {
    const ann = await login(fresh("ann"));
    const bob = await acknowledging(fresh("bob"));
    const id = ann.client.submit("peer.send", { to: bob.user, data: "once" });
    expect((await ann.client.replyTo(id)).ok).toEqual({ delivered: 1, waiting: 0 });
    const again = await login(ann.user);
    again.client.startIds(id);
    again.client.post({ type: "request", id, op: "peer.send", input: { to: bob.user, data: "once" } });
    expect((await again.client.replyTo(id)).ok).toMatchObject({ delivered: 1, waiting: 0, duplicate: true });
    await again.client.ok("peer.send", { to: bob.user, data: "next" });
    expect(dataOf(bob.client.unread.filter(({ type }) => type === "message"))).toEqual(["once", "next"]);
  });

  it("[PM8] with `sync` comes to the sender's other devices, with whom it went to", async () => {
    const user = fresh("ann");
    const phone = await login(user);
    const laptop = await acknowledging(user, { device: "laptop" });
    const bob = await acknowledging(fresh("bob"));
    await phone.client.ok("peer.send", { to: bob.user, data: "hi", sync: true });
    expect(await laptop.client.item(({ data }) => data === "hi")).toMatchObject({ from: user, device: "phone", to: bob.user });
  });

  it("[IN6] [IN7] an inbox that overflows says what it lost, and gives the rest", async (context) => {
    const app = service().operatorKey === "" ? undefined : await createApp();
    if (app === undefined) return context.skip();
    await asServer("PATCH", "/v1/settings", { inboxMessages: 3 }, { app });
    const bob = await login(fresh("bob"), { app });
    bob.client.terminate();
    const ann = await login(fresh("ann"), { app });
    for (let n = 1; n <= 5; n++) await ann.client.ok("peer.send", { to: bob.user, data: `m${n}` });
    const back = await login(bob.user, { app });
    expect(await back.client.notice("inbox.truncated")).toMatchObject({ from: 1, to: 2 });
    await back.client.next(({ type, upTo }) => type === "events" && upTo === 5).then((events) => back.client.unread.push(events));
    expect(dataOf(inboxOf(back.client.unread))).toEqual(["m3", "m4", "m5"]);
  });

  it("[HT36] over the rate is refused with how long to wait, and nobody else is", async (context) => {
    const app = service().operatorKey === "" ? undefined : await createApp();
    if (app === undefined) return context.skip();
    await asServer("PATCH", "/v1/settings", { messagesPerSecond: 1 }, { app });
    const ann = await login(fresh("ann"), { app });
    const bob = await acknowledging(fresh("bob"), { app });
    const ids = Array.from({ length: 40 }, (_, n) => ann.client.submit("peer.send", { to: bob.user, data: `m${n}`, ifAbsent: "drop" }));
    const replies = await Promise.all(ids.map((id) => ann.client.replyTo(id)));
    const refused = replies.filter(({ error }) => (error as { code?: string } | undefined)?.code === "rate_limited");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.error).toMatchObject({ code: "rate_limited", retry: "later", retryAfterMs: expect.any(Number) });
    const firstRefused = replies.findIndex((reply) => refused.includes(reply));
    expect(
      replies.slice(firstRefused).every(({ error }) => error !== undefined),
      "none overtakes the first refused",
    ).toBe(true);
    const carl = await login(fresh("carl"), { app });
    expect(await carl.client.ok("peer.send", { to: bob.user, data: "hi" })).toMatchObject({ delivered: 1 });
  });
});

describe("devices", () => {
  it("[US3] end each other as the app's policy says", { timeout: 30_000 }, async (context) => {
    const app = service().operatorKey === "" ? undefined : await createApp();
    if (app === undefined) return context.skip();
    const user = fresh("ann");
    await asServer("PATCH", "/v1/settings", { devicePolicy: "newest-per-kind" }, { app });
    const phone = await login(user, { app, device: "phone", kind: "ios" });
    const laptop = await login(user, { app, device: "laptop", kind: "web" });
    const tablet = await login(user, { app, device: "tablet", kind: "ios" });
    expect((await phone.client.closed).code).toBe(CLOSE.replaced.code);
    expect([laptop.client.isOpen, tablet.client.isOpen]).toEqual([true, true]);
    await asServer("PATCH", "/v1/settings", { devicePolicy: "newest" }, { app });
    const there = await joinDirect(laptop, fresh("lobby"));
    await login(user, { app, device: "watch", kind: "watch" });
    expect((await laptop.client.closed).code).toBe(CLOSE.replaced.code);
    expect((await tablet.client.closed).code).toBe(CLOSE.replaced.code);
    expect((await there.client.closed).code).toBe(CLOSE.replaced.code);
  });
});

describe("online status", () => {
  it("[PS1] [PS2] [PS3] is asked for and watched: ONLINE, UNREACHABLE, OFFLINE", { timeout: 60_000 }, async () => {
    const ann = await login(fresh("ann"));
    const bob = fresh("bob");
    expect((await ann.client.ok("presence.subscribe", { users: [bob] })).users).toEqual([{ user: bob, state: "OFFLINE" }]);
    const session = await login(bob, { keepAlive: 1_000 });
    const change = async (): Promise<unknown> =>
      ((await ann.client.next(({ name }) => name === "presence.changed", 45_000 * service().scale + 10_000)).users as Json[])[0];
    expect(await change()).toEqual({ user: bob, state: "ONLINE" });
    expect((await ann.client.ok("presence.query", { users: [bob, "nobody-ever"] })).users).toEqual([
      { user: bob, state: "ONLINE" },
      { user: "nobody-ever", state: "OFFLINE" },
    ]);
    session.client.terminate();
    expect(await change()).toEqual({ user: bob, state: "UNREACHABLE" });
    expect(await change()).toEqual({ user: bob, state: "OFFLINE" });
    const again = await login(bob, { instance: "two" });
    expect(await change()).toEqual({ user: bob, state: "ONLINE" });
    await again.client.ok("session.logout", {});
    expect(await change()).toEqual({ user: bob, state: "OFFLINE" });
  });
});

describe("a user's attributes", () => {
  it("[UA1] [UA2] [UA4] are the user's to write and anybody's to read, within their bounds", async () => {
    const ann = await login(fresh("ann"));
    const bob = await login(fresh("bob"));
    await ann.client.ok("user-attributes.set", {
      attributes: [
        { key: "mood", value: "calm" },
        { key: "constructor", value: "c" },
      ],
    });
    await ann.client.ok("user-attributes.update", { attributes: [{ key: "mood", value: "glad" }] });
    expect((await bob.client.ok("user-attributes.get", { user: ann.user, keys: ["mood"] })).attributes).toEqual([{ key: "mood", value: "glad" }]);
    expect(await bob.client.refused("user-attributes.set", { user: ann.user, attributes: [] })).toMatchObject({ code: "forbidden" });
    expect(
      await ann.client.refused("user-attributes.update", {
        attributes: [
          { key: "a", value: "x".repeat(8_000) },
          { key: "b", value: "x".repeat(8_000) },
          { key: "c", value: "x".repeat(1_000) },
        ],
      }),
    ).toMatchObject({ limit: LIMITS.userAttributesBytes });
    expect((await asServer("GET", `/v1/users/${ann.user}/attributes`)).body).toMatchObject({
      attributes: expect.arrayContaining([{ key: "constructor", value: "c" }]),
    });
  });
});

describe("REST", () => {
  it("[PM10] a message repeated under one key arrives once", async () => {
    const bob = await acknowledging(fresh("bob"));
    const key = { "idempotency-key": fresh("key") };
    const path = `/v1/users/${bob.user}/messages`;
    expect((await asServer("POST", path, { from: "news", data: "one" }, key)).body).toEqual({ delivered: 1, waiting: 0 });
    expect((await asServer("POST", path, { from: "news", data: "one" }, key)).body).toEqual({ delivered: 1, waiting: 0, duplicate: true });
    await asServer("POST", path, { from: "news", data: "two" });
    await bob.client.item(({ data }) => data === "two");
    expect(dataOf(bob.client.unread.filter(({ type }) => type === "message"))).toEqual(["one"]);
    const member = await joinDirect(bob, fresh("lobby"));
    expect((await publish(member.client, "x")).seq).toBe(1);
  });
});
