import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { connected } from "../../support/connected.ts";
import { settle } from "../../support/fake-environment.ts";
import { FIRST_ID, refuse } from "../../support/fake-service.ts";

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

describe("sending", () => {
  it("[SD17] joins what is sent in one tick into one frame", async () => {
    const { service, me } = await connected();
    const sent = [me.send("bob", "a"), me.send("bob", new Uint8Array([7])), me.presence.query(["bob"]).catch(() => {})];
    await Promise.all(sent);
    expect(service.session.frames).toEqual([3]);
    expect(service.session.calls("peer.send").map(({ input }) => input.data)).toEqual(["a", new Uint8Array([7])]);
  });

  it("[SD17] keeps what it was given when the buffer is used again", async () => {
    const { service, me } = await connected();
    const buffer = new Uint8Array([1]);
    const first = me.send("bob", buffer);
    buffer[0] = 2;
    await Promise.all([first, me.send("bob", buffer)]);
    expect(service.session.calls("peer.send").map(({ input }) => input.data)).toEqual([new Uint8Array([1]), new Uint8Array([2])]);
  });

  it("[SD17] splits what no frame can hold", async () => {
    const { service, me } = await connected();
    const large = "x".repeat(LIMITS.payloadBytes);
    await Promise.all([...Array.from({ length: 40 }, () => me.send("bob", large)), ...Array.from({ length: 1000 }, () => me.send("bob", "s"))]);
    expect(service.session.frames.reduce((sum, n) => sum + n, 0)).toBe(1040);
    expect(service.session.frames.length).toBeGreaterThan(1);
    expect(Math.max(...service.session.frames)).toBeLessThanOrEqual(LIMITS.frameMessages);
    const ids = service.session.requests.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });

  it("[SD18] refuses a payload that is too large without sending it", async () => {
    const { service, me } = await connected();
    const room = await me.join("lobby");
    const large = "é".repeat(LIMITS.payloadBytes / 2 + 1);
    for (const refused of [me.send("bob", large), me.publish("other", large), room.publish(new Uint8Array(LIMITS.payloadBytes + 1))]) {
      await expect(refused).rejects.toMatchObject({ code: "too_large", field: "data", limit: LIMITS.payloadBytes, retry: "never" });
    }
    expect(service.session.calls("peer.send")).toEqual([]);
  });

  it("[SD18] refuses a request that no frame can hold", async () => {
    const { me } = await connected();
    await expect(me.attributes.set({ key: "\u0001".repeat(LIMITS.frameBytes / 6) })).rejects.toMatchObject({ code: "too_large", field: "frame" });
    expect(me.state).toBe("connected");
  });

  it("[SD19] carries the error's facts", async () => {
    const { service, me } = await connected();
    service.on("user.devices", () => refuse("rate_limited", { retryAfterMs: 700, limit: 5, field: "calls" }));
    await expect(me.devices()).rejects.toMatchObject({
      name: "WigwagError",
      code: "rate_limited",
      retry: "later",
      retryAfterMs: 700,
      limit: 5,
      field: "calls",
    });
  });

  it("[SD20] times out, and can be aborted", async () => {
    const { environment, service, me } = await connected();
    service.on("user.devices", () => undefined);
    const late = outcome(me.devices());
    await environment.advance(10_000);
    expect(await late).toMatchObject({ code: "timeout" });
    const abort = new AbortController();
    const aborted = outcome(me.call("user.devices", {}, { signal: abort.signal }));
    abort.abort(new Error("enough"));
    expect(await aborted).toMatchObject({ message: "enough" });
    await expect(me.call("user.devices", {}, { signal: abort.signal })).rejects.toThrow("enough");
  });
});

describe("what is tried again", () => {
  it("[SD21] sends messages of unknown outcome first, in order and with their old ids, after a reconnect", async () => {
    const { environment, service, me } = await connected();
    for (const op of ["peer.send", "user.devices", "channel.publish"]) service.on(op, () => undefined);
    const sent = [me.devices(), me.send("bob", "1"), me.publish("lobby", "2"), me.send("bob", "3")];
    await settle();
    service.session.drop();
    sent.push(me.send("bob", "4"));
    service.on("peer.send", () => ({ ok: { delivered: 1, waiting: 0 } }));
    service.on("channel.publish", (request, socket) => service.publish(request, socket));
    service.on("user.devices", () => ({ ok: { devices: [] } }));
    await environment.advance(300);
    await Promise.all(sent);
    expect(service.session.requests.map(({ id, op, input }) => [id - FIRST_ID, op, input.data])).toEqual([
      [2, "peer.send", "1"],
      [3, "channel.publish", "2"],
      [4, "peer.send", "3"],
      [1, "user.devices", undefined],
      [5, "peer.send", "4"],
    ]);
  });

  it("[SD22] tries a refused message again, and keeps the order of those behind it", async () => {
    const { environment, service, me } = await connected();
    let refusals = 1;
    service.on("channel.publish", (request, socket) => (refusals-- > 0 ? refuse("rate_limited", { retryAfterMs: 500 }) : service.publish(request, socket)));
    const first = me.publish("lobby", "1");
    await settle();
    const second = me.publish("lobby", "2");
    const elsewhere = me.publish("other", "x");
    await elsewhere;
    await environment.advance(500);
    expect([(await first).seq, (await second).seq]).toEqual([1, 2]);
    expect(service.session.requests.map(({ id, input }) => [id - FIRST_ID, input.data])).toEqual([
      [1, "1"],
      [2, "x"],
      [1, "1"],
      [3, "2"],
    ]);
  });

  it("[SD22] gives a refusal on at once when the wait would be longer than the call's time", async () => {
    const { service, me } = await connected();
    service.on("peer.send", () => refuse("overloaded", { retryAfterMs: 20_000 }));
    await expect(me.send("bob", "1")).rejects.toMatchObject({ code: "overloaded", retryAfterMs: 20_000 });
  });

  it("[SD23] sends again with the old id after silence, and when the service does not know the outcome", async () => {
    const { environment, service, me } = await connected();
    const answers = [undefined, refuse("timeout", { retryAfterMs: 100 }), { ok: { delivered: 1, waiting: 0 } }];
    service.on("peer.send", () => answers.shift());
    const sent = me.send("bob", "1", { timeoutMs: 30_000 });
    await environment.advance(10_100);
    expect(await sent).toEqual({ delivered: 1, waiting: 0 });
    expect(service.session.requests.map(({ id }) => id - FIRST_ID)).toEqual([1, 1, 1]);
  });

  it.each([
    ["is told of the time-out", undefined],
    ["still waits", 60_000],
  ])("[SD55] checks the link of a call that brings no answer, while its caller %s", async (_who, timeoutMs) => {
    const { environment, service, me } = await connected();
    const states: string[] = [];
    me.on("state", ({ state }) => states.push(state));
    await environment.advance(500);
    service.session.dead = true;
    const sent = outcome(me.send("bob", "1", timeoutMs === undefined ? {} : { timeoutMs }));
    await environment.advance(12_000);
    expect(states).toEqual([]);
    await environment.advance(1_000);
    expect(states).toEqual(["reconnecting", "connected"]);
    if (timeoutMs === undefined) expect(await sent).toMatchObject({ code: "timeout" });
    else expect(await sent).toMatchObject({ delivered: 1 });
  });

  it("[SD55] leaves alone a link that answers", async () => {
    const { environment, service, me } = await connected();
    service.on("peer.send", () => undefined);
    const sent = outcome(me.send("bob", "1"));
    await environment.advance(15_000);
    expect(await sent).toMatchObject({ code: "timeout" });
    expect([me.state, service.session.pings]).toEqual(["connected", 3]);
  });

  it("[SD49] keeps the id of a message whose repeat is refused: the first one may have been taken", async () => {
    const { environment, service, me } = await connected();
    service.on("channel.publish", () => undefined);
    const sent = me.publish("lobby", "1", { timeoutMs: 30_000 });
    await settle();
    service.session.drop();
    const answers = [refuse("rate_limited", { retryAfterMs: 500 })];
    service.on("channel.publish", (request, socket) => answers.shift() ?? service.publish(request, socket));
    await environment.advance(1_000);
    await sent;
    expect(service.session.requests.map(({ id }) => id - FIRST_ID)).toEqual([1, 1]);
  });

  it("[SD49] names the message before it as long as that has no answer", async () => {
    const { environment, service, me } = await connected();
    service.on("channel.publish", () => undefined);
    const first = outcome(me.publish("lobby", "1", { timeoutMs: 1_000 }));
    const others = [me.publish("lobby", "2"), me.publish("other", "x"), me.publish("lobby", "3")];
    await environment.advance(1_000);
    expect(await first).toMatchObject({ code: "timeout" });
    service.session.drop();
    service.on("channel.publish", (request, socket) => service.publish(request, socket));
    await environment.advance(300);
    await Promise.all(others);
    await me.publish("lobby", "4");
    expect(service.session.requests.map(({ input }) => [input.data, Number(input.follows ?? FIRST_ID) - FIRST_ID])).toEqual([
      ["2", 0],
      ["x", 0],
      ["3", 2],
      ["4", 0],
    ]);
  });

  it("[SD22] sends nothing of a lane before what is to be tried again, after a reconnect", async () => {
    const { environment, service, me } = await connected();
    const answers = [refuse("timeout", { retryAfterMs: 2_000 })];
    service.on("peer.send", () => answers.shift());
    const sent = [me.send("bob", "1"), me.send("bob", "2")];
    await settle();
    service.session.drop();
    service.on("peer.send", () => ({ ok: { delivered: 1, waiting: 0 } }));
    await environment.advance(500);
    expect(service.session.calls("peer.send")).toEqual([]);
    await environment.advance(1_500);
    await Promise.all(sent);
    expect(service.session.calls("peer.send").map(({ input }) => input.data)).toEqual(["1", "2"]);
  });

  it("[SD24] holds a bounded number of requests while there is no connection", async () => {
    const { environment, service, me } = await connected();
    service.session.drop();
    const held = Array.from({ length: LIMITS.outboxRequests }, () => me.send("bob", "x"));
    await expect(me.send("bob", "x")).rejects.toMatchObject({ code: "overloaded", field: "outbox", limit: LIMITS.outboxRequests });
    await environment.advance(300);
    await Promise.all(held);
    expect((await me.send("bob", "x")).delivered).toBe(1);
  });

  it("[SD24] holds a bounded number of bytes", async () => {
    const { service, me } = await connected();
    service.session.drop();
    const block = new Uint8Array(LIMITS.payloadBytes);
    const held = Array.from({ length: Math.floor(LIMITS.outboxBytes / LIMITS.payloadBytes) }, () => outcome(me.send("bob", block)));
    await expect(me.send("bob", block)).rejects.toMatchObject({ code: "overloaded", limit: LIMITS.outboxBytes });
    me.close();
    expect(await Promise.all(held)).toHaveLength(held.length);
  });
});
