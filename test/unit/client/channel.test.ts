import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { connected, heard } from "../../support/connected.ts";
import { settle } from "../../support/fake-environment.ts";
import { EPOCH, eventFrame, FIRST_ID, OTHER_EPOCH, refuse } from "../../support/fake-service.ts";

const STREAM = "channel:message:lobby";
const LOBBY = { type: "message" as const, name: "lobby" };

describe("joining", () => {
  it("[SD48] closes a socket it gives up to come back without a goodbye, and one it leaves with it", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    service.direct[0]?.push(eventFrame(STREAM, 7, 8));
    await environment.advance(300);
    expect([service.direct[0]?.closed?.code, service.direct.length, room.state]).toEqual([4000, 2, "joined"]);
    me.close();
    expect(service.direct[1]?.closed?.code).toBe(1000);
  });

  it("[SD25] opens a direct socket with the ticket, and gives the same channel to who joins again", async () => {
    const { service, me } = await connected();
    const [room, same] = await Promise.all([me.join("lobby"), me.join("lobby")]);
    expect(same).toBe(room);
    expect(service.direct).toHaveLength(1);
    expect(service.direct[0]?.secret).toBe("ticket for lobby");
    expect(service.direct[0]?.query("keepAlive")).toBe("30000");
    expect([room.name, room.type, room.state, room.count, room.direct]).toEqual(["lobby", "message", "joined", 1, true]);
  });

  it("[SD25] rides on the session socket beyond the direct ones, or when told to use one socket", async () => {
    const { service, me } = await connected();
    const rooms = await Promise.all(Array.from({ length: LIMITS.directSocketsPerClient + 1 }, (_, n) => me.join(`room ${n}`)));
    expect([service.direct.length, rooms.at(-1)?.direct]).toEqual([LIMITS.directSocketsPerClient, false]);
    const single = await connected({ singleSocket: true });
    expect((await single.me.join("lobby")).direct).toBe(false);
    expect(single.service.sockets).toHaveLength(1);
  });

  it.each([false, true])("[SD26] rejects a join that is refused (singleSocket %s) and can join later", async (singleSocket) => {
    const { service, me } = await connected({ singleSocket });
    service.on("channel.join", () => refuse("forbidden"));
    await expect(me.join("lobby")).rejects.toMatchObject({ code: "forbidden" });
    service.on("channel.join", () => ({ ok: { via: "session", stream: STREAM, epoch: EPOCH, seq: 0, members: 1 } }));
    if (singleSocket) expect((await me.join("lobby")).state).toBe("joined");
  });

  it("[SD26] gives up a join that nobody welcomes, and leaves", async () => {
    const { environment, service, me } = await connected();
    service.greet = () => {};
    const joined = me.join("lobby").catch((error: unknown) => error);
    await environment.advance(12_000);
    expect(await joined).toMatchObject({ code: "timeout" });
    expect(service.session.calls("channel.leave")).toHaveLength(1);
  });

  it("[SD26] bounds the channels", async () => {
    const { me } = await connected({ singleSocket: true });
    await Promise.all(Array.from({ length: LIMITS.channelsPerDevice }, (_, n) => me.join(`room ${n}`)));
    await expect(me.join("one more")).rejects.toMatchObject({ code: "limit_exceeded", limit: LIMITS.channelsPerDevice });
  });
});

describe("asking", () => {
  it("[EL18] goes over the channel's own socket, waits for it to come back, and over the session when the channel has ended", async () => {
    const { environment, service, me } = await connected();
    service.on("channel.member", () => ({ ok: { member: true } }));
    const room = await me.join("lobby");
    const ask = () => room.ask("channel.member", { channel: LOBBY, user: "bob" });
    expect(await ask()).toEqual({ member: true });
    expect([service.direct[0]?.calls("channel.member").length, service.session.calls("channel.member").length]).toEqual([1, 0]);
    service.direct[0]?.push({ type: "goaway", reason: "channel moved", retryAfterMs: 0 });
    await environment.advance(0);
    const asked = ask();
    await environment.advance(1_000);
    expect(await asked).toEqual({ member: true });
    expect(service.direct.at(-1)?.calls("channel.member")).toHaveLength(1);
    await room.leave();
    await ask();
    expect(service.session.calls("channel.member")).toHaveLength(1);
  });
});

describe("publishing", () => {
  it("[SD27] is answered by the echo on a direct socket, which members hear as well", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    await environment.advance(0);
    const messages = heard(room, "message");
    expect(await room.publish("hi", { customType: "greeting" })).toEqual({ epoch: EPOCH, seq: 1, ts: 1 });
    expect(messages).toEqual([{ from: "alice", device: "default", id: FIRST_ID + 2, seq: 1, ts: 1, data: "hi" }]);
    // The channel is implied there.
    expect(service.channel("lobby").calls("channel.publish")[0]?.input).toEqual({ data: "hi", customType: "greeting" });
  });

  it("[SD27] is answered by a reply when it is a duplicate", async () => {
    const { service, me } = await connected();
    const room = await me.join("lobby");
    service.on("channel.publish", () => ({ ok: { epoch: EPOCH, duplicate: true } }));
    expect(await room.publish("hi")).toEqual({ epoch: EPOCH, duplicate: true });
  });

  it("[SD28] keeps one way per channel, so that a later message never overtakes an earlier one", async () => {
    const { environment, service, me } = await connected();
    let refusals = 1;
    service.on("channel.publish", (request, socket) => (refusals-- > 0 ? refuse("overloaded", { retryAfterMs: 300 }) : service.publish(request, socket)));
    const early = me.publish("lobby", "1");
    const room = await me.join("lobby");
    const late = room.publish("2");
    await environment.advance(300);
    expect([(await early).seq, (await late).seq]).toEqual([1, 2]);
    expect((await me.publish("lobby", "3")).seq).toBe(3);
    expect(service.channel("lobby").calls("channel.publish")).toHaveLength(1);
  });

  it("[SD28] sends publishes of unknown outcome again on the next socket, in order and with their ids", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    await environment.advance(0);
    service.on("channel.publish", () => undefined);
    const published = [room.publish("1"), room.publish("2")];
    await settle();
    service.channel("lobby").drop();
    published.push(room.publish("3"));
    service.on("channel.publish", (request, socket) => service.publish(request, socket));
    await environment.advance(300);
    expect((await Promise.all(published)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(service.channel("lobby").requests.map(({ id, input }) => [id - FIRST_ID, input.data])).toEqual([
      [2, "1"],
      [3, "2"],
      [4, "3"],
    ]);
  });

  it("[SD29] leaves after what was published has its outcome", async () => {
    const { service, me } = await connected();
    const room = await me.join("lobby");
    const closed = heard(room, "closed");
    const bye = room.publish("bye");
    await room.leave();
    expect((await bye).seq).toBe(1);
    expect(service.session.calls("channel.leave").map(({ input }) => input)).toEqual([{ channel: LOBBY }]);
    expect([room.state, closed]).toEqual(["closed", [{ reason: "left" }]]);
    await expect(room.publish("late")).rejects.toMatchObject({ code: "closed" });
    expect((await me.join("lobby")) === room).toBe(false);
  });
});

describe("resuming over a direct socket", () => {
  it("[SD30] comes back with the position, in parallel with the session, and drops repeats", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    await environment.advance(0);
    const messages = heard(room, "message");
    const gaps = heard(room, "gap");
    service.channel("lobby").push(eventFrame(STREAM, 0, 2));
    const joins = service.session.calls("channel.join").length;
    service.greet = (socket) => socket.kind === "channel" && socket.welcome();
    service.session.drop();
    service.channel("lobby").drop();
    await environment.advance(300);
    expect([me.state, room.state]).toEqual(["reconnecting", "joined"]);
    expect(service.channel("lobby").query("position")).toBe(`${EPOCH}.2`);
    service.channel("lobby").push(eventFrame(STREAM, 0, 4));
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect([gaps, joins]).toEqual([[], 1]);
  });

  it("[SD48] says goodbye with 1000 only when it leaves for good", async () => {
    const { environment, service, me } = await connected();
    await me.join("lobby");
    await environment.advance(0);
    const first = service.channel("lobby");
    first.push(eventFrame(STREAM, 3, 4));
    expect(first.closed?.code).toBe(4000);
    await environment.advance(300);
    const second = service.channel("lobby");
    expect(second).not.toBe(first);
    me.close();
    expect(second.closed?.code).toBe(1000);
  });

  it("[SD30] reconnects with the position when something is missing", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    await environment.advance(0);
    const messages = heard(room, "message");
    const first = service.channel("lobby");
    first.push(eventFrame(STREAM, 0, 1));
    first.push(eventFrame(STREAM, 3, 4));
    expect([first.closed !== undefined, room.state]).toEqual([true, "reconnecting"]);
    await environment.advance(300);
    service.channel("lobby").push(eventFrame(STREAM, 1, 4));
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it("[SD31] tells once what could not be recovered", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    await environment.advance(0);
    const gaps = heard(room, "gap");
    service.channel("lobby").push(eventFrame(STREAM, 0, 2));
    service.greet = (socket) => socket.welcome({ recovered: false, reason: "too-old", seq: 9 });
    service.channel("lobby").drop();
    await environment.advance(300);
    service.channel("lobby").push(eventFrame(STREAM, 9, 10));
    expect(gaps).toEqual([{ reason: "too-old", from: 3, to: 9 }]);
    service.greet = (socket) => socket.welcome({ recovered: false, reason: "epoch-changed", epoch: OTHER_EPOCH, seq: 1 });
    service.channel("lobby").drop();
    await environment.advance(600);
    expect(gaps.slice(1)).toEqual([{ reason: "epoch-changed" }]);
  });

  it.each([false, true])("[SD47] goes on where a predecessor stood (singleSocket %s)", async (singleSocket) => {
    const { environment, service, me } = await connected({ singleSocket });
    const place = { epoch: EPOCH, seq: 3, recovered: true };
    service.greet = (socket) => socket.welcome(place);
    if (singleSocket) service.on("channel.join", () => ({ ok: { via: "session", stream: STREAM, ...place, members: 1 } }));
    const room = await me.join("lobby", { position: { epoch: EPOCH, seq: 3 } });
    const messages = heard(room, "message");
    const gaps = heard(room, "gap");
    const socket = singleSocket ? service.session : service.channel("lobby");
    socket.push(eventFrame(STREAM, 2, 5));
    await environment.advance(0);
    const told = singleSocket ? service.session.calls("channel.join")[0]?.input.position : socket.query("position");
    expect(told).toEqual(singleSocket ? { epoch: EPOCH, seq: 3 } : `${EPOCH}.3`);
    expect([messages.map(({ seq }) => seq), gaps, room.position]).toEqual([[4, 5], [], { epoch: EPOCH, seq: 5 }]);
  });

  it("[SD47] tells who listens after the join what could not be had since the predecessor", async () => {
    const { environment, service, me } = await connected();
    service.greet = (socket) => socket.welcome({ recovered: false, reason: "too-old", seq: 9 });
    const room = await me.join("lobby", { position: { epoch: EPOCH, seq: 3 } });
    const gaps = heard(room, "gap");
    await environment.advance(0);
    expect([gaps, room.position]).toEqual([[{ reason: "too-old", from: 4, to: 9 }], { epoch: EPOCH, seq: 9 }]);
  });

  it("[SD31] tells what the service skipped", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    await environment.advance(0);
    const gaps = heard(room, "gap");
    service.channel("lobby").push(eventFrame(STREAM, 0, 3, { items: [], skipped: 3 }));
    expect(gaps).toEqual([{ reason: "skipped", skipped: 3, from: 1, to: 3 }]);
  });

  it.each([
    [4101, "ticket refused"],
    [4102, "rights changed"],
    [4004, "moved"],
  ])("[SD32] asks for a new ticket after close code %i", async (code, reason) => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    service.channel("lobby").drop(code, reason);
    await environment.advance(300);
    expect([room.state, service.session.calls("channel.join").length]).toEqual(["joined", 2]);
  });

  it("[SD32] asks for a new ticket when the old one has ended", async () => {
    const { environment, service, me } = await connected();
    const room = await me.join("lobby");
    await environment.advance(LIMITS.ticketTtlMs);
    service.on("channel.join", () => refuse("forbidden"));
    const closed = heard(room, "closed");
    service.channel("lobby").drop();
    await environment.advance(300);
    expect(closed).toMatchObject([{ error: { code: "forbidden" } }]);
  });

  it("[SD33] closes when told to stay away, and with its session", async () => {
    const { service, me } = await connected();
    const room = await me.join("lobby");
    const other = await me.join("other");
    const closed = heard(room, "closed");
    service.channel("lobby").drop(4204, "kicked by the app");
    expect(closed).toEqual([{ code: 4204, reason: "kicked by the app" }]);
    service.session.drop(4203, "logged in elsewhere");
    expect(other.state).toBe("closed");
    expect(service.channel("other").closed).toBeDefined();
  });

  it("[SD34] acknowledges after 30 s or 128 kB", async () => {
    const { environment, service, me } = await connected();
    await me.join("lobby");
    await environment.advance(0);
    const socket = service.channel("lobby");
    socket.push(eventFrame(STREAM, 0, 1));
    await environment.advance(LIMITS.ackMs - 1);
    expect(socket.messages).toEqual([]);
    await environment.advance(1);
    expect(socket.messages).toEqual([{ type: "ack", stream: STREAM, upTo: 1 }]);
    const items = Array.from({ length: 4 }, (_, i) => ({ ...ITEM, seq: i + 2, data: "x".repeat(LIMITS.ackBytes / 4) }));
    socket.push(eventFrame(STREAM, 1, 5, { items }));
    await settle();
    expect(socket.messages[1]).toEqual({ type: "ack", stream: STREAM, upTo: 5 });
  });
});

const ITEM = { from: "bob", device: "b", id: 1, ts: 1, seq: 2, data: "" };

describe("riding on the session socket", () => {
  const riding = async () => {
    const there = await connected({ singleSocket: true });
    const room = await there.me.join("lobby");
    await there.environment.advance(0);
    return { ...there, room, messages: heard(room, "message"), gaps: heard(room, "gap") };
  };

  it("[SD35] hears frames that come with the join's answer, or before it", async () => {
    const { environment, service, me } = await connected({ singleSocket: true });
    service.on("channel.join", (_request, socket) => {
      socket.push(eventFrame(STREAM, 4, 6));
      return { ok: { via: "session", stream: STREAM, epoch: EPOCH, seq: 5, members: 3 } };
    });
    const room = await me.join("lobby");
    const messages = heard(room, "message");
    service.session.push(eventFrame(STREAM, 6, 7));
    await environment.advance(0);
    expect([room.count, messages.map(({ seq }) => seq)]).toEqual([3, [6, 7]]);
  });

  it("[SD35] hears frames that come with the welcome of a direct socket", async () => {
    const { environment, service, me } = await connected();
    service.greet = (socket) => {
      socket.welcome();
      socket.push(eventFrame(STREAM, 0, 2));
    };
    const messages = heard(await me.join("lobby"), "message");
    await environment.advance(0);
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("[SD36] joins again with its position after the session has come back", async () => {
    const { environment, service, room, messages, gaps } = await riding();
    service.session.push(eventFrame(STREAM, 0, 2));
    service.on("channel.join", ({ input }, socket) => {
      expect(input).toEqual({ channel: LOBBY, via: "session", position: { epoch: EPOCH, seq: 2 } });
      socket.push(eventFrame(STREAM, 2, 3));
      return { ok: { via: "session", stream: STREAM, epoch: EPOCH, seq: 4, recovered: true, members: 2 } };
    });
    service.session.drop();
    expect(room.state).toBe("reconnecting");
    await environment.advance(300);
    service.session.push(eventFrame(STREAM, 3, 4));
    expect([room.state, messages.map(({ seq }) => seq), gaps]).toEqual(["joined", [1, 2, 3, 4], []]);
    expect(service.session.calls("channel.join")).toHaveLength(1);
  });

  it("[SD37] resumes in place, and keeps what comes meanwhile", async () => {
    const { environment, service, messages, gaps } = await riding();
    service.on("stream.resume", ({ input }, socket) => {
      expect(input).toEqual({ streams: [{ stream: STREAM, epoch: EPOCH, seq: 0 }] });
      socket.push(eventFrame(STREAM, 0, 3));
      return { ok: { streams: [{ stream: STREAM, epoch: EPOCH, seq: 3, recovered: true }] } };
    });
    service.session.push(eventFrame(STREAM, 3, 4));
    service.session.push(eventFrame(STREAM, 4, 5));
    await environment.advance(0);
    expect([messages.map(({ seq }) => seq), gaps]).toEqual([[1, 2, 3, 4, 5], []]);
    expect(service.session.calls("stream.resume")).toHaveLength(1);
  });

  it("[SD37] tells once what a resume could not recover", async () => {
    const { environment, service, messages, gaps } = await riding();
    service.on("stream.resume", () => ({ ok: { streams: [{ stream: STREAM, epoch: EPOCH, seq: 3, recovered: false, reason: "too-old" }] } }));
    service.session.push(eventFrame(STREAM, 3, 4));
    await environment.advance(0);
    expect([messages.map(({ seq }) => seq), gaps]).toEqual([[4], [{ reason: "too-old", from: 1, to: 3 }]]);
  });

  it("[SD38] obeys the range of a notice's close code", async () => {
    const { environment, service, room } = await riding();
    const closed = heard(room, "closed");
    service.session.push({ type: "notice", name: "channel.closed", channel: LOBBY, code: 4102, reason: "rights changed" });
    expect(room.state).toBe("reconnecting");
    await environment.advance(300);
    expect([room.state, service.session.calls("channel.join").length]).toEqual(["joined", 2]);
    service.session.push({ type: "notice", name: "channel.closed", channel: LOBBY, code: 4204, reason: "kicked" });
    expect(closed).toEqual([{ code: 4204, reason: "kicked" }]);
  });

  it("[SD39] tells members, counts and attributes", async () => {
    const { service, room } = await riding();
    const joined = heard(room, "joined");
    const left = heard(room, "left");
    const counts = heard(room, "count");
    const attributes = heard(room, "attributes");
    const topic = { key: "topic", value: "tea", updatedBy: "bob", updatedAt: 1 };
    service.session.push(
      { type: "notice", name: "channel.joined", channel: LOBBY, users: ["bob"] },
      { type: "notice", name: "channel.count", channel: LOBBY, count: 2 },
      { type: "notice", name: "channel.left", channel: LOBBY, users: ["bob"] },
      { type: "notice", name: "channel.attributes", channel: LOBBY, attributes: [topic] },
      { type: "notice", name: "channel.count", channel: { type: "stream", name: "lobby" }, count: 9 },
    );
    expect([joined, left, counts, attributes]).toEqual([[{ users: ["bob"] }], [{ users: ["bob"] }], [{ count: 2 }], [{ attributes: [topic] }]]);
    expect(room.count).toBe(2);
  });
});
