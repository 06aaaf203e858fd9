import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { GroupEvent } from "../../src/protocol/messages/group.ts";
import type { OperationName } from "../../src/protocol/operations/catalogue.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { conversationObjectName } from "../../src/server/objects/locate.ts";
import { Chatter, textsOf, words } from "./chatter.ts";
import { APP, userStub } from "./device.ts";

let count = 0;

/** A group of Ann's, with Bob in it; Cho is not. */
async function group(details: object = {}) {
  const n = ++count;
  const [ann, bob, cho] = [`ann-${n}`, `bob-${n}`, `cho-${n}`];
  const [a, b, c] = [await Chatter.login(ann), await Chatter.login(bob), await Chatter.login(cho)];
  const id = `birds-${n}`;
  const conversation = { type: "group", id };
  const stub = env.CONVERSATION.getByName(conversationObjectName(APP, `group:${id}`));
  expect(await a.ok("group.create", { group: id, name: "Birds", members: [bob], ...details })).toEqual({ failed: [] });
  const say = (who: Chatter, text: string) => who.ok("message.send", { conversation, key: text.replaceAll(/\W/g, "-"), content: words(text) });
  const server = async (op: OperationName, input: object) =>
    stub.call({ op, input: { group: id, ...input }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });
  return { ann, bob, cho, a, b, c, id, conversation, stub, say, server };
}

/** What a member's devices were told of the group, and those who are none. */
const eventsOf = (who: Chatter): GroupEvent["kind"][] => {
  who.read();
  const passed = (who.passed as { kind: string; event: GroupEvent }[]).filter(({ kind }) => kind === "group").map(({ event }) => event.kind);
  const told = who.device.seen.filter(({ name }) => name === "group.word").map(({ event }) => (event as GroupEvent).kind);
  return [...passed, ...told];
};
const hears = async (who: Chatter, kind: GroupEvent["kind"]): Promise<void> => {
  while (!eventsOf(who).includes(kind)) await who.device.next("notice");
};

describe("a group", () => {
  it("[GC1] is a conversation: what a member says, all have, once and in order, those who were away too", async () => {
    const { bob, a, b, say, conversation, stub } = await group();
    await say(a, "one");
    const second = await say(b, "two");
    const { upTo } = await b.until(Number(second.seq));
    expect(b.texts).toEqual(["one", "two"]);
    b.device.close();
    await say(a, "three");
    await evictDurableObject(stub, { webSockets: "hibernate" });
    await say(a, "four");
    const back = await Chatter.login(bob);
    expect(back.listed.behind).toEqual([conversation]);
    const synced = (await back.ok("conversation.sync", { conversations: [{ conversation, since: upTo }] })).conversations as { records: never[] }[];
    expect(textsOf(synced[0]?.records ?? [])).toEqual(["three", "four"]);
  });

  it("[GC2] is not for others: they send, read and hear nothing, and a private one is not there for them", async () => {
    const { a, c, id, conversation, say } = await group();
    await say(a, "among us");
    for (const [op, input] of [
      ["message.send", { key: "k", content: words("let me in") }],
      ["message.history", {}],
      ["message.react", { seq: 3, reaction: "!", on: true }],
      ["message.receipts", { seq: 3 }],
      ["conversation.read", { seq: 3 }],
      ["conversation.clear", { seq: 3 }],
      ["message.remove", { seqs: [3] }],
      ["conversation.typing", { on: true }],
    ] as const) {
      expect(await c.code(op, { conversation, ...input }), op).toBe("not_found");
    }
    expect(await c.code("group.get", { group: id })).toBe("not_found");
    expect((await c.ok("conversation.sync", { conversations: [{ conversation }] })).conversations).toEqual([]);
    expect(c.read().news).toEqual([]);
  });

  it("[GC3] tells who comes and goes, and who goes hears nothing more and has it on no list", async () => {
    const { cho, a, b, c, id, conversation, say } = await group();
    expect(await a.ok("group.invite", { group: id, users: [cho] })).toEqual({ failed: [] });
    await hears(b, "joined");
    await hears(c, "added");
    expect((await c.ok("conversation.list", {})).entries).toMatchObject([{ conversation }]);
    const welcome = await say(a, "welcome");
    await c.until(Number(welcome.seq));
    expect(c.texts).toEqual(["welcome"]);
    expect(await a.ok("group.remove", { group: id, users: [cho, "nobody"] })).toEqual({ failed: [{ user: "nobody", message: "no member" }] });
    await hears(c, "removed");
    await hears(b, "left");
    const gone = await say(a, "gone");
    await b.until(Number(gone.seq));
    expect(c.texts).toEqual(["welcome"]);
    expect((await c.ok("conversation.list", {})).entries).toMatchObject([{ conversation, removed: true }]);
    expect(await c.code("message.send", { conversation, key: "k", content: words("still here?") })).toBe("not_found");
    await b.ok("group.leave", { group: id });
    expect(await b.code("message.history", { conversation })).toBe("not_found");
    expect((await a.ok("group.members", { group: id })).members).toMatchObject([{ role: "owner" }]);
  });

  it("[GC8] puts who comes back on its list at once, and tells it what is said from then on", async () => {
    const { bob, a, b, id, conversation, say } = await group({ public: true, approval: false });
    await b.ok("group.leave", { group: id });
    while (!(b.read().entries as { left?: number }[]).some(({ left }) => left !== undefined)) await b.device.next("notice");
    await b.ok("group.apply", { group: id });
    const { entries } = await b.ok("conversation.list", {});
    expect(entries).toMatchObject([{ conversation }]);
    expect(entries).not.toMatchObject([{ removed: true }]);
    const { seq } = await say(a, "welcome back");
    await b.until(Number(seq));
    expect(b.texts).toEqual(["welcome back"]);
    await a.ok("group.remove", { group: id, users: [bob] });
    await hears(b, "removed");
    expect(await a.ok("group.invite", { group: id, users: [bob] })).toEqual({ failed: [] });
    while ((b.read().entries as { removed?: true }[]).at(-1)?.removed) await b.device.next("notice");
    expect((await b.ok("conversation.list", {})).entries).not.toMatchObject([{ removed: true }]);
  });

  it("[GC8] has no late word of its going put out who has come back", async () => {
    const { bob, a, b, id, conversation, stub } = await group();
    const cut = await fails(bob);
    await a.ok("group.remove", { group: id, users: [bob] });
    await a.ok("group.invite", { group: id, users: [bob] });
    await hears(b, "added");
    cut.mend();
    await runDurableObjectAlarm(stub);
    expect((await b.ok("conversation.list", {})).entries).toMatchObject([{ conversation }]);
    const late = { event: { kind: "removed" as const, users: [bob] }, gone: 2 };
    await runInDurableObject(userStub(bob), (object) => object.groupWord(id, late));
    expect((await b.ok("conversation.list", {})).entries).not.toMatchObject([{ removed: true }]);
    expect(eventsOf(b)).not.toContain("removed");
  });

  it("[GC4] shows who comes later, or again, what was said while it was there", async () => {
    const { a, b, c, id, conversation, say } = await group({ public: true, approval: false });
    await say(a, "before");
    await b.ok("group.leave", { group: id });
    await say(a, "meanwhile");
    expect(await b.ok("group.apply", { group: id })).toEqual({ state: "member" });
    expect(await c.ok("group.apply", { group: id })).toEqual({ state: "member" });
    await say(a, "after");
    const seen = async (who: Chatter) => textsOf((await who.ok("message.history", { conversation })).records as never[]);
    expect(await seen(b)).toEqual(["after", "before"]);
    expect(await seen(c)).toEqual(["after"]);
    const [, meanwhile] = (await a.ok("message.history", { conversation })).records as { seq: number }[];
    expect(await c.code("message.react", { conversation, seq: meanwhile?.seq, reaction: "!", on: true })).toBe("not_found");
  });

  it("[GC5] lets each do what its role allows: muted, all muted, allowed, moderated, transferred", async () => {
    const { ann, bob, a, b, id, conversation, say } = await group();
    const trial = (text: string) => b.code("message.send", { conversation, key: text, content: words(text) });
    await a.ok("group.mute", { group: id, users: [bob], on: true });
    expect(await trial("muted")).toBe("forbidden");
    await a.ok("group.mute", { group: id, users: [bob], on: false });
    await a.ok("group.mute-all", { group: id, on: true });
    expect(await trial("all")).toBe("forbidden");
    await a.ok("group.allow", { group: id, users: [bob], on: true });
    const { seq } = await say(b, "allowed");
    expect(await b.code("group.remove", { group: id, users: [ann] })).toBe("forbidden");
    await a.ok("message.recall", { conversation, seq });
    expect((await b.ok("message.history", { conversation })).records).toMatchObject([{ recalled: { by: ann } }]);
    await a.ok("group.transfer", { group: id, owner: bob });
    expect(await b.ok("group.get", { group: id })).toMatchObject({ owner: bob, role: "owner", members: 2, details: { name: "Birds", allMuted: true } });
    expect(await a.code("group.dismiss", { group: id })).toBe("forbidden");
    await b.ok("group.dismiss", { group: id });
    await hears(a, "dismissed");
    expect(await a.code("message.send", { conversation, key: "late", content: words("late") })).toBe("not_found");
    expect(await a.code("group.create", { group: id })).toBe("gone");
  });

  it("[GC6] says what it owes until it is heard, over the loss of its object", async () => {
    const { bob, cho, a, c, id, stub, server } = await group({ consent: true });
    const cut = await fails(cho);
    await a.ok("group.invite", { group: id, users: [cho], reason: "come" });
    await evictDurableObject(stub, { webSockets: "hibernate" });
    cut.mend();
    while (!eventsOf(c).includes("invited")) await runDurableObjectAlarm(stub);
    await c.ok("group.answer", { group: id, accept: true });
    await hears(a, "invitationAccepted");
    const { ok } = (await server("group.asking", { kind: "invitation" })) as unknown as { ok: { users: { user: string }[] } };
    expect(ok.users.map(({ user }) => user)).toEqual([bob]);
  });

  it("[GC7] is switched off and on by a server, and speaks in anybody's name", async () => {
    const { a, b, id, conversation, stub, server } = await group();
    expect(await server("group.disable", { on: true })).toHaveProperty("ok");
    expect(await b.code("message.send", { conversation, key: "k", content: words("x") })).toBe("forbidden");
    expect(await a.code("group.update", { group: id, name: "Other" })).toBe("forbidden");
    expect(await server("group.disable", { on: false })).toHaveProperty("ok");
    const input = { conversation, user: "herald", key: "news", content: words("news") };
    expect(await stub.call({ op: "message.send", input, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS })).toHaveProperty("ok");
    while (!b.texts.includes("news")) await b.device.next("notice");
  });
});

/** Words to this user's object are lost until that is mended. */
async function fails(user: string): Promise<{ mend(): void }> {
  const prototype = await runInDurableObject(userStub(user), (object) => Object.getPrototypeOf(object) as { groupWord: unknown });
  const { groupWord } = prototype;
  prototype.groupWord = () => {
    throw new Error("lost");
  };
  return { mend: () => void Object.assign(prototype, { groupWord }) };
}
