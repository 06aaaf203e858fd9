import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LIMITS, TIMINGS } from "../../src/protocol/limits.ts";
import { ROOM_LIMITS } from "../../src/protocol/room-limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { directoryName } from "../../src/server/objects/locate.ts";
import { words } from "./chatter.ts";
import { get, send, serverHeaders } from "./client.ts";
import { APP } from "./device.ts";
import { asServer, direct, Guest, heardOn, hears, refOf, roomStub } from "./room-member.ts";

afterEach(() => void vi.useRealTimers());

/** The room's alarm goes off so much later. */
async function later(stub: DurableObjectStub, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms, shouldAdvanceTime: true });
  await runDurableObjectAlarm(stub as DurableObjectStub<undefined>);
}

let count = 0;

/** A room of Ann's with Bob in it; Cho is not. */
async function room(details: object = {}) {
  const n = ++count;
  const id = `stage-${n}`;
  const [ann, bob, cho] = [await Guest.login(`ann-r${n}`, id), await Guest.login(`bob-r${n}`, id), await Guest.login(`cho-r${n}`, id)];
  await ann.ok("room.create", { name: "Stage", ...details });
  await ann.join();
  await bob.join();
  return { id, ann, bob, cho, stub: roomStub(id), server: asServer(id) };
}

describe("a chat room", () => {
  it("[RC1] is made, read, changed and dismissed, and its name is used once", async () => {
    const { id, ann, bob, cho } = await room({ description: "tea" });
    expect(await cho.ok("room.get")).toMatchObject({
      details: { name: "Stage", description: "tea", maxMembers: 10_000 },
      members: 2,
      owner: ann.user,
      muted: false,
    });
    expect(await ann.ok("room.create", { name: "again" })).toEqual({});
    expect(await bob.code("room.create", { name: "mine" })).toBe("conflict");
    expect((await bob.ok("room.get")).details).toMatchObject({ name: "Stage" });
    expect(await bob.code("room.update", { name: "mine" })).toBe("forbidden");
    await ann.ok("room.update", { name: "Tea time", announcement: "at five" });
    const { events } = await hears(bob.device, ({ events: all }) => all.length > 0);
    expect(events).toEqual([{ kind: "updated", changed: { name: "Tea time", announcement: "at five" } }]);
    expect(await bob.code("room.dismiss")).toBe("forbidden");
    await ann.ok("room.dismiss");
    await hears(bob.device, () => bob.device.seen.some(({ name, code }) => name === "channel.closed" && code === 4209));
    expect(await cho.joinCode()).toBe("gone");
    expect(await ann.code("room.create", { name: "again" })).toBe("gone");
    expect(await ann.code("room.get")).toBe("not_found");
    expect(await ann.ok("room.dismiss")).toEqual({});
    expect((await (await get(`/v1/rooms/${id}`, serverHeaders)).json()) as object).toMatchObject({ error: { code: "not_found" } });
  });

  it("[RC2] is not there before it is made: nobody joins it, and asking for it leaves nothing behind", async () => {
    const guest = await Guest.login("gus", "nowhere");
    for (const via of ["session", "direct"] as const) expect(await guest.joinCode(via)).toBe("not_found");
    for (const op of ["room.get", "room.members", "room.history", "room.get-keys", "room.dismiss"] as const) expect(await guest.code(op), op).toBe("not_found");
    expect(await guest.code("room.send", { key: "k", content: words("hello?") })).toBe("not_found");
    const refused = await direct("nowhere", "gus");
    expect(await refused.next("closed")).toMatchObject({ code: 4209 });
  });

  it("[RC3] who is in it hears what is said there, once and in order, over either kind of socket; who is not says and reads nothing", async () => {
    const { id, ann, bob, cho } = await room();
    const dan = await direct(id, "dan");
    await dan.next("welcome");
    await ann.say("one");
    await bob.say("two");
    dan.post([{ type: "request", id: 1, op: "room.send", input: { key: "three", content: words("three") } }]);
    expect(await dan.replyTo(1)).toMatchObject({ ok: { id: expect.any(String), ts: expect.any(Number) } });
    for (const device of [ann.device, bob.device, dan]) {
      const heard = await hears(device, ({ texts }) => texts.length === 3);
      expect(heard.texts).toEqual(["one", "two", "three"]);
      expect(heard.messages.map(({ from }) => from)).toEqual([ann.user, bob.user, "dan"]);
    }
    expect(await cho.code("room.send", { key: "k", content: words("me too") })).toBe("forbidden");
    for (const op of ["room.history", "room.members", "room.get-keys"] as const) expect(await cho.code(op), op).toBe("forbidden");
    expect(heardOn(cho.device).texts).toEqual([]);
  });

  it("[RC4] takes nothing but its own operations: no plain publish, attribute or metadata, by users or servers", async () => {
    const { id, bob } = await room();
    const channel = refOf(id);
    for (const [op, input] of [
      ["channel.publish", { data: "raw" }],
      ["channel-attributes.set", { attributes: [{ key: "a", value: "b" }] }],
      ["channel-metadata.set", { items: [{ key: "a", value: "b" }] }],
    ] as const) {
      expect(await bob.chatter.code(op, { channel, ...input }), op).toBe("forbidden");
      const reply = await roomStub(id).call({ op, input: { channel, from: "x", ...input }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });
      expect(reply, op).toMatchObject({ error: { code: "forbidden" } });
    }
    const dan = await direct(id, "dan");
    await dan.next("welcome");
    dan.post([{ type: "request", id: 1, op: "channel.publish", input: { data: "raw" } }]);
    expect(await dan.replyTo(1)).toMatchObject({ error: { code: "forbidden" } });
  });

  it("[RC5] a message sent again under its key is there once, over a restart too, and also while the first is on its way", async () => {
    const { ann, bob, stub } = await room();
    const first = await ann.say("one");
    expect(await ann.say("one")).toEqual({ ...first, duplicate: true });
    await evictDurableObject(stub, { webSockets: "hibernate" });
    expect(await ann.say("one")).toEqual({ ...first, duplicate: true });
    const [a, b] = await Promise.all([ann.say("two"), ann.say("two")]);
    expect(b).toEqual({ ...a, duplicate: true });
    // The key is the sender's own.
    expect(await bob.say("one")).not.toHaveProperty("duplicate");
    expect((await hears(bob.device, ({ texts }) => texts.length === 3)).texts).toEqual(["one", "two", "one"]);
  });

  it("[RC6] history gives what was said, newest first, by page, after the room was empty and forgotten too", async () => {
    const { id, ann, bob, server, stub } = await room();
    for (const text of ["one", "two", "three"]) await ann.say(text);
    await ann.ok("room.send", { key: "low", content: words("a like"), priority: "low" });
    await ann.ok("room.send", { key: "cmd", content: { type: "command", action: "wave" } });
    const before = await bob.join();
    const page = await bob.ok("room.history", { limit: 2 });
    expect((page.messages as { content: { text: string } }[]).map(({ content }) => content.text)).toEqual(["three", "two"]);
    expect(await bob.ok("room.history", { limit: 2, cursor: page.next })).toMatchObject({ messages: [{ from: ann.user, key: "one" }] });
    await ann.leave();
    await bob.leave();
    await later(stub, TIMINGS.exportDelayMs + 1);
    await later(stub, LIMITS.channelEmptyMs + 1);
    const eve = await direct(id, "eve");
    expect((await eve.next("welcome")).epoch).not.toBe(before.epoch);
    const all = { messages: [{ key: "one" }, { key: "two" }, { key: "three" }] };
    expect(await server("room.history", { order: "oldest-first" })).toMatchObject({ ok: all });
    await server("room.update", { keep: false });
    expect(await server("room.send", { key: "four", from: "ann", content: words("four") })).toHaveProperty("ok");
    expect(await server("room.history", { order: "oldest-first" })).toMatchObject({ ok: all });
  });

  it("[RC7] a message is recalled by its sender in time, by owner and admins, and by servers; history has it no more", async () => {
    const { ann, bob, cho, server } = await room();
    await cho.join();
    const ids = [];
    for (const text of ["one", "two", "three"]) ids.push(String((await bob.say(text)).id));
    const anns = String((await ann.say("mine")).id);
    expect(await cho.code("room.recall", { id: ids[0] })).toBe("forbidden");
    await bob.ok("room.recall", { id: ids[0] });
    await ann.ok("room.recall", { id: ids[1] });
    await ann.ok("room.appoint", { member: cho.user, on: true });
    await cho.ok("room.recall", { id: ids[2] });
    expect(await cho.code("room.recall", { id: anns })).toBe("forbidden");
    expect(await server("room.recall", { id: anns })).toEqual({ ok: {} });
    expect((await hears(bob.device, ({ recalled }) => recalled.length === 4)).recalled).toEqual([...ids, anns]);
    expect((await bob.ok("room.history")).messages).toEqual([]);
    expect(await bob.ok("room.recall", { id: ids[0] })).toEqual({});
    expect(await bob.code("room.recall", { id: "none" })).toBe("not_found");
  });

  it("[RC7] a message that only history has is recalled, too, and not by its sender when it is too late", async () => {
    const { ann, bob, stub, id } = await room();
    const { id: message } = await bob.say("one");
    await runDurableObjectAlarm(stub);
    await evictDurableObject(stub, { webSockets: "hibernate" });
    const late = await roomStub(id).call({
      op: "room.recall",
      input: { room: id, id: message },
      caller: { kind: "user", app: APP, user: bob.user, rights: "all" },
      settings: { ...DEFAULT_SETTINGS, chatRecallMs: 0 },
    });
    expect(late).toMatchObject({ error: { code: "forbidden", limit: 0 } });
    await ann.ok("room.recall", { id: message });
    expect((await bob.ok("room.history")).messages).toEqual([]);
  });

  it("[RC10] a message is edited by its sender in time, by owner and admins; everybody is told in order, and history says what it says now", async () => {
    const { ann, bob, cho, server, stub } = await room();
    await cho.join();
    const { id } = await bob.say("first");
    const anns = String((await ann.say("mine")).id);
    expect(await cho.code("room.edit", { id, content: words("hers") })).toBe("forbidden");
    expect(await bob.ok("room.edit", { id, content: words("second"), ext: { n: 1 } })).toMatchObject({ edited: { by: bob.user, times: 1 } });
    await bob.say("after");
    await evictDurableObject(stub, { webSockets: "hibernate" });
    expect(await ann.ok("room.edit", { id, content: words("third") })).toMatchObject({ edited: { by: ann.user, times: 2 } });
    await ann.ok("room.appoint", { member: cho.user, on: true });
    expect(await cho.code("room.edit", { id: anns, content: words("hers") })).toBe("forbidden");
    expect(await server("room.edit", { id: anns, content: words("ours") })).toMatchObject({ ok: { edited: { times: 1 } } });
    const { edits } = await hears(ann.device, (heard) => heard.edits.length === 3);
    expect(edits.map(({ content, ext }) => [content, ext])).toEqual([
      [words("second"), { n: 1 }],
      [words("third"), { n: 1 }],
      [words("ours"), undefined],
    ]);
    const { messages } = await cho.ok("room.history");
    expect(messages).toMatchObject([
      { content: words("after") },
      { content: words("ours") },
      { from: bob.user, content: words("third"), ext: { n: 1 }, edited: { times: 2 } },
    ]);
    await bob.ok("room.recall", { id });
    expect(await bob.code("room.edit", { id, content: words("back") })).toBe("gone");
    expect((await cho.ok("room.history")).messages).toHaveLength(2);
    expect(await bob.code("room.edit", { id: "none", content: words("x") })).toBe("not_found");
  });

  it("[RC10] an edit keeps the type and the bounds; edits that meet are one after the other, ten in all", async () => {
    const { id: name, bob } = await room();
    const { id } = await bob.say("0");
    expect(await bob.code("room.edit", { id, content: { type: "location", latitude: 1, longitude: 1, address: "" } })).toBe("bad_request");
    expect(await bob.code("room.edit", { id, content: words("x".repeat(6_000)) })).toBe("too_large");
    expect(await bob.code("room.edit", { id })).toBe("bad_request");
    const { id: wave } = await bob.ok("room.send", { key: "cmd", content: { type: "command", action: "wave" } });
    expect(await bob.code("room.edit", { id: wave, ext: { n: 1 } })).toBe("forbidden");
    const times = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(async (n) => (await bob.ok("room.edit", { id, content: words(String(n)) })).edited));
    expect((times as { times: number }[]).map((one) => one.times)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await bob.code("room.edit", { id, content: words("11") })).toBe("limit_exceeded");
    expect((await bob.ok("room.history")).messages).toMatchObject([{ content: words("10"), edited: { times: 10 } }]);
    const late = {
      op: "room.edit",
      input: { room: name, id, content: words("late") },
      caller: { kind: "user" as const, app: APP, user: bob.user, rights: "all" as const },
    };
    expect(await roomStub(name).call({ ...late, settings: { ...DEFAULT_SETTINGS, chatEditMs: 0 } } as never)).toMatchObject({
      error: { code: "forbidden", limit: 0 },
    });
  });

  it("[RC11] messages are pinned by anybody in it, twenty, and read with what they say now, over a restart and when history has forgotten them", async () => {
    const { ann, bob, cho, stub, server } = await room();
    const { id } = await ann.say("rules");
    expect(await cho.code("room.pin", { id, on: true })).toBe("forbidden");
    await bob.ok("room.pin", { id, on: true });
    const low = await bob.ok("room.send", { key: "low", content: words("in no history"), priority: "low" });
    await bob.ok("room.pin", { id: low.id, on: true });
    await ann.ok("room.edit", { id, content: words("new rules") });
    await evictDurableObject(stub, { webSockets: "hibernate" });
    expect(await ann.ok("room.pins")).toMatchObject({
      pins: [{ message: { id: low.id }, by: bob.user }, { message: { id, content: words("new rules"), edited: { times: 1 } } }],
    });
    await ann.ok("room.pin", { id, on: true });
    expect(await bob.ok("room.pins")).toMatchObject({ pins: [{ message: { id }, by: ann.user }, { message: { id: low.id } }] });
    expect(await cho.code("room.pins")).toBe("forbidden");
    await bob.ok("room.pin", { id: low.id, on: false });
    await bob.ok("room.pin", { id: low.id, on: false });
    const { events } = await hears(bob.device, (heard) => heard.events.length === 4);
    expect(events).toMatchObject([
      { kind: "pinned", pin: { message: { id } } },
      { kind: "pinned" },
      { kind: "pinned", pin: { by: ann.user } },
      { kind: "unpinned", id: low.id },
    ]);
    await ann.ok("room.recall", { id });
    expect(await bob.ok("room.pins")).toEqual({ pins: [] });
    for (let n = 0; n < ROOM_LIMITS.roomPins; n++) await server("room.pin", { id: (await ann.say(`pin ${n}`)).id, on: true });
    const more = await ann.say("one more");
    expect(await ann.code("room.pin", { id: more.id, on: true })).toBe("limit_exceeded");
  });

  it("[RC12] a message for some is heard by them and its sender alone, on every socket of theirs, and is nowhere later", async () => {
    const { id, ann, bob, cho, server } = await room();
    await cho.join();
    const second = await direct(id, bob.user);
    await second.next("welcome");
    const sent = await ann.say("psst", { receivers: [bob.user, "nobody"] });
    expect(sent).toEqual({ id: expect.any(String), ts: expect.any(Number), absent: ["nobody"] });
    expect(await ann.say("psst", { receivers: [bob.user] })).toMatchObject({ id: sent.id, duplicate: true });
    const directed = (device: { seen: Record<string, unknown>[] }) => device.seen.filter(({ name }) => name === "room.directed").map(({ message }) => message);
    await ann.say("for all");
    for (const device of [ann.device, bob.device, cho.device]) await hears(device, ({ texts }) => texts.includes("for all"));
    await expect.poll(() => directed(second)).toHaveLength(1);
    for (const device of [ann.device, bob.device, second])
      expect(directed(device)).toEqual([{ id: sent.id, ts: sent.ts, from: ann.user, key: "psst", content: words("psst"), receivers: [bob.user, "nobody"] }]);
    expect(directed(cho.device)).toEqual([]);
    expect((await bob.ok("room.history")).messages).toMatchObject([{ content: words("for all") }]);
    expect(await bob.code("room.pin", { id: sent.id, on: true })).toBe("not_found");
    expect(await server("room.send", { key: "s", from: "the house", content: words("x"), broadcast: true, receivers: [bob.user] })).toMatchObject({
      error: { code: "bad_request" },
    });
    expect(await bob.code("room.send", { key: "many", content: words("x"), receivers: Array.from({ length: 21 }, (_, n) => `u${n}`) })).toBe("bad_request");
  });

  it("[RC8] what is said has chat's types and its bound", async () => {
    const { bob } = await room();
    await bob.ok("room.send", { key: "gift", content: { type: "custom", event: "gift", params: { what: "rose" } }, ext: { n: 3 } });
    await bob.ok("room.send", { key: "where", content: { type: "location", latitude: 1, longitude: 2, address: "here" } });
    expect(await bob.code("room.send", { key: "bad", content: { type: "nonsense" } })).toBe("bad_request");
    expect(await bob.code("room.send", { key: "big", content: words("x".repeat(6_000)) })).toBe("too_large");
  });

  it("[RC9] is reached over REST, by servers in anybody's name", async () => {
    const { id, bob } = await room();
    const said = await send("POST", `/v1/rooms/${id}/messages`, { key: "k", from: "the house", content: words("welcome") }, serverHeaders);
    expect(said.status).toBe(200);
    expect((await hears(bob.device, ({ texts }) => texts.length > 0)).messages).toMatchObject([{ from: "the house", key: "k" }]);
    const nameless = await send("POST", `/v1/rooms/${id}/messages`, { key: "k2", content: words("hi") }, serverHeaders);
    expect(nameless.status).toBe(400);
    expect(await (await get(`/v1/rooms/${id}/members`, serverHeaders)).json()).toMatchObject({
      total: 2,
      members: [{ role: "owner" }, { user: bob.user, role: "member" }],
    });
  });
});

describe("roles in a room", () => {
  it("[RT1] [RT3] the table holds over sockets: mute, mute all, allow, tags, and each of them ends", async () => {
    const { ann, bob, cho } = await room();
    await cho.join();
    const says = async (): Promise<unknown[]> => {
      const key = `k${Math.random().toString(36).slice(2)}`;
      const codes = await Promise.all([ann, bob, cho].map((guest) => guest.code("room.send", { key, content: words("hm") })));
      return codes.map((code) => code ?? "said");
    };
    expect(await bob.code("room.mute", { users: [cho.user], on: true })).toBe("forbidden");
    await ann.ok("room.mute", { users: [bob.user], on: true });
    expect(await says()).toEqual(["said", "forbidden", "said"]);
    await ann.ok("room.mute", { users: [bob.user], on: false });
    await ann.ok("room.mute-all", { on: true });
    await ann.ok("room.allow", { users: [cho.user], on: true });
    expect(await says()).toEqual(["said", "forbidden", "said"]);
    expect(await bob.ok("room.get")).toMatchObject({ details: { allMuted: true }, muted: false, allowed: false, role: "member" });
    await ann.ok("room.mute-all", { on: false });
    await ann.ok("room.tag", { member: bob.user, tags: ["troll"] });
    await ann.ok("room.mute-tags", { tags: ["troll"] });
    expect(await says()).toEqual(["said", "forbidden", "said"]);
    expect(await bob.ok("room.get")).toMatchObject({ muted: true });
    await ann.ok("room.mute-tags", { tags: [] });
    expect(await says()).toEqual(["said", "said", "said"]);
    expect(await ann.ok("room.listed", { list: "allow" })).toEqual({ users: [{ user: cho.user }] });
    expect(await bob.code("room.listed", { list: "allow" })).toBe("forbidden");
  });

  it("[RJ1] who is removed is out at once and may come back; who is blocked may not, by no way, until unblocked", async () => {
    const { id, ann, bob, cho } = await room();
    const second = await direct(id, bob.user);
    await second.next("welcome");
    expect(await ann.ok("room.remove", { users: [bob.user, cho.user] })).toEqual({ failed: [{ user: cho.user, message: "no member" }] });
    expect(await second.next("closed")).toMatchObject({ code: 4209, reason: "removed from the room" });
    await hears(bob.device, () => bob.device.seen.some(({ name }) => name === "channel.closed"));
    expect(await ann.ok("room.members")).toMatchObject({ total: 1 });
    await bob.join();
    await ann.ok("room.block", { users: [bob.user], on: true });
    for (const via of ["session", "direct"] as const) expect(await bob.joinCode(via)).toBe("forbidden");
    const again = await direct(id, bob.user);
    expect(await again.next("closed")).toMatchObject({ code: 4209, reason: "on the block list" });
    expect(await bob.code("room.send", { key: "k", content: words("let me in") })).toBe("forbidden");
    await ann.ok("room.block", { users: [bob.user], on: false });
    await bob.join();
  });

  it("[RT4] an owner passes the room on, and goes without it: ownership and admins stay while they are away, over a restart too", async () => {
    const { ann, bob, cho, stub } = await room();
    await ann.ok("room.appoint", { member: bob.user, on: true });
    await bob.leave();
    await ann.leave();
    await evictDurableObject(stub, { webSockets: "hibernate" });
    expect(await cho.ok("room.get")).toMatchObject({ owner: ann.user, admins: [bob.user] });
    expect(await ann.code("room.transfer", { owner: cho.user })).toBe("not_found");
    await cho.join();
    await ann.ok("room.transfer", { owner: cho.user });
    expect(await ann.code("room.dismiss")).toBe("forbidden");
    expect((await hears(cho.device, ({ events }) => events.length > 0)).events).toEqual([{ kind: "ownerChanged", owner: cho.user, before: ann.user }]);
  });

  it("[RT2] a disabled room is read and left, and nothing else, until a server enables it", async () => {
    const { ann, bob, cho, server } = await room();
    expect(await server("room.disable", { on: true })).toEqual({ ok: {} });
    expect(await ann.code("room.disable", { on: false })).toBe("forbidden");
    for (const [op, input] of [
      ["room.send", { key: "k", content: words("hello") }],
      ["room.set-keys", { entries: [{ key: "a", value: "b" }] }],
      ["room.update", { name: "new" }],
    ] as const) {
      expect(await ann.code(op, input), op).toBe("forbidden");
    }
    expect(await cho.joinCode()).toBe("forbidden");
    expect((await bob.ok("room.history")).messages).toEqual([]);
    await bob.leave();
    await server("room.disable", { on: false });
    await cho.join();
  });

  it("[RT5] where an app has it so, rooms are made by servers and super admins alone, who are admins in all", async () => {
    const { id, ann, bob } = await room();
    const root = await Guest.login("root", id);
    expect(await root.code("room.mute", { users: [bob.user], on: true })).toBe("forbidden");
    const appointed = await send("PUT", "/v1/room-super-admins/zoe", { on: true }, serverHeaders);
    expect(appointed.status).toBe(200);
    expect(await (await get("/v1/room-super-admins", serverHeaders)).json()).toEqual({ users: ["zoe"] });
    const zoe = await Guest.login("zoe", id);
    expect(await zoe.ok("room.mute", { users: [bob.user], on: true })).toEqual({ failed: [] });
    expect(await zoe.code("room.dismiss")).toBe("forbidden");
    const settings = { ...DEFAULT_SETTINGS, roomsByAnyone: false };
    const make = (name: string, user: string) =>
      roomStub(name).call({ op: "room.create", input: { room: name }, caller: { kind: "user", app: APP, user, rights: "all" }, settings });
    expect(await make("zoe-s", ann.user)).toMatchObject({ error: { code: "forbidden" } });
    expect(await make("zoe-s", "zoe")).toEqual({ ok: {} });
    await send("PUT", "/v1/room-super-admins/zoe", { on: false }, serverHeaders);
    expect(await make("zoe-t", "zoe")).toMatchObject({ error: { code: "forbidden" } });
  });
});

describe("keys of a room", () => {
  it("[RK1] [RK3] are the room's: told to all, refused to others without force, and gone with who leaves", async () => {
    const { ann, bob, cho, stub } = await room();
    await cho.join();
    expect(await bob.ok("room.set-keys", { entries: [{ key: "seat.1", value: "bob" }] })).toEqual({ revision: 1, failed: [] });
    await bob.ok("room.set-keys", { entries: [{ key: "title", value: "tea" }], stay: true });
    expect(await cho.ok("room.set-keys", { entries: [{ key: "seat.1", value: "cho" }] })).toEqual({
      revision: 2,
      failed: [{ key: "seat.1", message: "another's" }],
    });
    await evictDurableObject(stub, { webSockets: "hibernate" });
    await bob.leave();
    const { events } = await hears(ann.device, ({ events: all }) => all.length === 3);
    expect(events.map((event) => event.kind === "keysChanged" && [event.revision, event.set.map(({ key }) => key), event.removed])).toEqual([
      [1, ["seat.1"], []],
      [2, ["title"], []],
      [3, [], ["seat.1"]],
    ]);
    await evictDurableObject(stub, { webSockets: "hibernate" });
    expect(await cho.ok("room.get-keys")).toEqual({ revision: 3, entries: [{ key: "title", value: "tea", owner: bob.user, revision: 2 }] });
    expect(await cho.ok("room.remove-keys", { keys: ["title"], force: true })).toEqual({ revision: 4, failed: [] });
  });

  it("[RK6] bounds: 10 keys a call, names of 128 and values of 4,096 characters", async () => {
    const { bob } = await room();
    const entries = (n: number) => Array.from({ length: n }, (_, at) => ({ key: `k${at}`, value: "" }));
    expect(await bob.code("room.set-keys", { entries: entries(11) })).toBe("bad_request");
    expect(await bob.code("room.set-keys", { entries: [{ key: "a b", value: "" }] })).toBe("bad_request");
    expect(await bob.code("room.set-keys", { entries: [{ key: "k".repeat(129), value: "" }] })).toBe("bad_request");
    expect(await bob.code("room.set-keys", { entries: [{ key: "k", value: "v".repeat(4097) }] })).toBe("bad_request");
    await bob.ok("room.set-keys", { entries: [{ key: "k".repeat(128), value: "v".repeat(4096) }] });
  });
});

describe("a busy room", () => {
  it("[RB1] leaves out low priorities first and says so, to the sender, in the stream and in its counters", async () => {
    const { id, ann, bob, server } = await room({ messagesPerSecond: 1 });
    const sent = (priority: string, key: string) => server("room.send", { key, from: "fan", content: words(key), priority });
    for (let n = 0; n < 20; n++) await sent("low", `low${n}`);
    for (let n = 0; n < 5; n++) expect(await sent("high", `high${n}`)).toMatchObject({ ok: { id: expect.any(String) } });
    const { dropped } = (await ann.ok("room.get")) as { dropped: Record<string, number> };
    // Half of a second's one message is for others: none of low priority gets in.
    expect(dropped).toEqual({ high: 0, normal: 0, low: 20 });
    const { texts } = await hears(bob.device, (heard) => heard.texts.includes("high4"));
    expect(texts).toEqual(["high0", "high1", "high2", "high3", "high4"]);
    const skipped = bob.device.seen.reduce((sum, seen) => sum + Number(seen.type === "events" ? (seen.skipped ?? 0) : 0), 0);
    expect(skipped).toBe(20);
    const counters = await roomStub(id).call({
      op: "channel.counters",
      input: { channel: refOf(id) },
      caller: { kind: "server", app: APP },
      settings: DEFAULT_SETTINGS,
    });
    expect(counters).toMatchObject({ ok: { dropped } });
  });

  it("[RB2] slow mode makes members wait, and neither owner nor allow list", async () => {
    const { ann, bob, cho } = await room({ slowMs: 60_000 });
    await cho.join();
    await ann.ok("room.allow", { users: [cho.user], on: true });
    await bob.say("one");
    expect(await bob.code("room.send", { key: "two", content: words("two") })).toBe("rate_limited");
    // A repeat is no second one.
    expect(await bob.say("one")).toMatchObject({ duplicate: true });
    for (const guest of [ann, cho]) for (const text of ["a", "b"]) await guest.say(text);
  });

  it("[RJ3] takes as many as it is set to", async () => {
    const { ann, bob, cho } = await room({ maxMembers: 2 });
    for (const via of ["session", "direct"] as const) expect(await cho.joinCode(via)).toBe("limit_exceeded");
    await bob.leave();
    await cho.join();
    expect(await bob.joinCode()).toBe("limit_exceeded");
    await ann.ok("room.update", { maxMembers: 3 });
    await bob.join();
  });

  it("[RJ4] who vanishes is out after its absence, and its keys with it; who comes back in time is not", async () => {
    const { id, server, stub } = await room();
    // They give a sign of life seldom enough for a clock that jumps.
    const eve = await direct(id, "eve", { keepAliveMs: 300_000 });
    await eve.next("welcome");
    const dan = await direct(id, "dan");
    await dan.next("welcome");
    dan.post([{ type: "request", id: 1, op: "room.set-keys", input: { entries: [{ key: "dans", value: "1" }] } }]);
    await dan.replyTo(1);
    dan.close(4000);
    await dan.next("closed");
    const back = await direct(id, "dan", { keepAliveMs: 300_000 });
    await back.next("welcome");
    await later(stub, ROOM_LIMITS.roomAbsenceMs + 1);
    expect(await server("room.get-keys", {})).toMatchObject({ ok: { entries: [{ key: "dans" }] } });
    const again = await direct(id, "dan", { keepAliveMs: 300_000 });
    await again.next("welcome");
    again.close(4000);
    await again.next("closed");
    await later(stub, ROOM_LIMITS.roomAbsenceMs + 1);
    const { events } = await hears(eve, (heard) => heard.events.some((event) => event.kind === "keysChanged" && event.removed.length > 0));
    expect(events.at(-1)).toMatchObject({ kind: "keysChanged", removed: ["dans"] });
    await hears(eve, () => eve.seen.some(({ name, users }) => name === "channel.left" && JSON.stringify(users).includes("dan")));
  });
});

describe("all rooms of an app", () => {
  const directory = () => env.DIRECTORY.getByName(directoryName(APP));

  it("[RA1] are listed by page, by the names they have now, and no longer when dismissed", async () => {
    const { id, ann, bob } = await room();
    const all = async (): Promise<{ room: string; name: string }[]> => {
      const rooms = [];
      let after: unknown;
      do {
        const page = await bob.chatter.ok("rooms.list", { limit: 3, ...(after !== undefined && { after }) });
        rooms.push(...(page.rooms as { room: string; name: string }[]));
        after = page.next;
      } while (after !== undefined);
      return rooms;
    };
    expect((await all()).filter((each) => each.room === id)).toEqual([{ room: id, name: "Stage" }]);
    await ann.ok("room.update", { name: "Main stage" });
    const rooms = await all();
    expect(rooms.filter((each) => each.room === id)).toEqual([{ room: id, name: "Main stage" }]);
    expect(rooms.map((each) => each.room)).toEqual(rooms.map((each) => each.room).sort());
    await ann.ok("room.dismiss");
    expect((await all()).some((each) => each.room === id)).toBe(false);
  });

  it("[RA2] a broadcast is said once in every room that somebody is in, also when it is cut short", async () => {
    const rooms = [await room(), await room()];
    const empty = await room();
    await empty.ann.leave();
    await empty.bob.leave();
    const ask = () => send("POST", "/v1/room-broadcasts", { key: "news", from: "the house", content: words("closing soon") }, serverHeaders);
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(200);
    await evictDurableObject(directory());
    await runDurableObjectAlarm(directory());
    for (const { bob } of rooms)
      expect((await hears(bob.device, ({ texts }) => texts.length > 0)).messages).toMatchObject([{ from: "the house", broadcast: true }]);
    await ask();
    await runDurableObjectAlarm(directory());
    for (const { ann, bob } of rooms) {
      await ann.say("after");
      expect((await hears(bob.device, ({ texts }) => texts.includes("after"))).texts).toEqual(["closing soon", "after"]);
    }
    await empty.ann.join();
    expect((await empty.ann.ok("room.history")).messages).toEqual([]);
    expect(await rooms[0]?.bob.code("room.send", { key: "x", content: words("x"), broadcast: true })).toBe("forbidden");
  });
});
