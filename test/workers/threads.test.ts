import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { GroupEvent, ThreadInfo } from "../../src/protocol/messages/group.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { conversationObjectName } from "../../src/server/objects/locate.ts";
import { type Chatter, textsOf, words } from "./chatter.ts";
import { APP } from "./device.ts";
import { group, hears, losing } from "./group.ts";

/** A group with Cho in it as well, a message of Ann's, and a thread about it that Bob has opened. */
async function thread(details: object = {}) {
  const made = await group(details);
  const { a, b, c, cho, id, say } = made;
  await a.ok("group.invite", { group: id, users: [cho] });
  await hears(c, "added");
  const { seq } = await say(a, "who has seen herons?");
  const opened = (await b.ok("thread.create", { group: id, seq, name: "Herons" })).thread as ThreadInfo;
  const { thread: name } = opened;
  const conversation = { type: "thread", id: name };
  const stub = env.CONVERSATION.getByName(conversationObjectName(APP, `thread:${name}`));
  const tell = (who: Chatter, text: string) => who.ok("message.send", { conversation, key: text.replaceAll(/\W/g, "-"), content: words(text) });
  const refused = (who: Chatter) => who.code("message.send", { conversation, key: "refused", content: words("refused") });
  return { ...made, seq: Number(seq), thread: name, opened, inThread: conversation, threadStub: stub, tell, refused };
}
const told = (who: Chatter): GroupEvent[] => {
  who.read();
  return (who.passed as { kind: string; event: GroupEvent }[]).filter(({ kind }) => kind === "group").map(({ event }) => event);
};
const until = async (who: Chatter, ready: () => boolean): Promise<void> => {
  while (!ready()) await who.device.next("notice");
};
const gone = (who: Chatter, id: string) =>
  (who.read().entries as { conversation: { id: string }; left?: number }[]).some(({ conversation, left }) => conversation.id === id && left !== undefined);

describe("a thread of a group", () => {
  it("[TH1] [TH2] is opened about a message, joined by members of the group, and is a conversation of those who have", async () => {
    const { bob, cho, a, b, c, id, seq, thread: name, opened, inThread, tell, refused } = await thread();
    expect(opened).toMatchObject({ seq, name: "Herons", creator: bob });
    await hears(a, "threadCreated");
    expect(await refused(c)).toBe("not_found");
    await c.ok("thread.join", { group: id, thread: name });
    const one = await tell(b, "I have");
    await until(c, () => c.read().texts.includes("I have"));
    await tell(c, "me too");
    expect(one).toMatchObject({ seq: expect.any(Number) });
    expect(a.read().texts).not.toContain("I have");
    await until(b, () => b.read().texts.includes("me too"));
    expect(textsOf((await c.ok("message.history", { conversation: inThread })).records as never[])).toEqual(["me too", "I have"]);
    expect((await a.ok("thread.members", { group: id, thread: name })).members).toMatchObject([{ user: bob }, { user: cho }]);
    expect(await a.ok("thread.get", { group: id, thread: name })).toMatchObject({ joined: false, thread: opened });
    expect(await a.code("thread.create", { group: id, seq, name: "Again" })).toBe("conflict");
    expect(await b.ok("thread.create", { group: id, seq, name: "Herons" })).toEqual({ thread: opened });
    expect(await a.code("thread.create", { group: id, seq: 1_000, name: "Nothing" })).toBe("not_found");
    expect((await c.ok("conversation.list", {})).entries).toContainEqual(expect.objectContaining({ conversation: inThread, entered: expect.any(Number) }));
  });

  it("[TH5] tells its group of what is new in it; last messages of many are read at once", async () => {
    const { a, b, id, thread: name, tell, say } = await thread();
    const { seq } = await say(a, "and storks?");
    const second = (await a.ok("thread.create", { group: id, seq, name: "Storks" })).thread as ThreadInfo;
    await tell(b, "last words");
    await until(a, () => told(a).some((event) => event.kind === "threadChanged" && event.thread === name && event.messages === 1));
    // What comes within the same second is told at its end.
    for (const text of ["no, wait", "and now", "the very last"]) await tell(b, text);
    await until(a, () => told(a).some((event) => event.kind === "threadChanged" && event.messages === 4));
    expect(told(a).filter((event) => event.kind === "threadChanged")).toHaveLength(2);
    expect(await a.ok("thread.last", { group: id, threads: [name, second.thread, "12345"] })).toEqual({
      failed: [],
      threads: [
        { thread: name, messages: 4, last: expect.objectContaining({ content: words("the very last") }) },
        { thread: second.thread, messages: 0 },
      ],
    });
    expect(await a.ok("thread.list", { group: id, limit: 1 })).toMatchObject({ threads: [{ name: "Storks" }], next: seq });
    expect((await a.ok("thread.list", { group: id, before: seq })).threads).toMatchObject([{ name: "Herons" }]);
    expect((await a.ok("thread.list", { group: id, joined: true })).threads).toMatchObject([{ name: "Storks" }]);
  });

  it("[TH3] is left with the group, and ends with it; who was removed hears nothing more", async () => {
    const { bob, cho, a, b, c, id, thread: name, inThread, tell, refused } = await thread();
    await c.ok("thread.join", { group: id, thread: name });
    await until(c, () =>
      (c.read().entries as { conversation: object }[]).some(({ conversation }) => JSON.stringify(conversation) === JSON.stringify(inThread)),
    );
    await a.ok("group.remove", { group: id, users: [cho] });
    await until(c, () => gone(c, name));
    expect(await refused(c)).toBe("not_found");
    await tell(b, "without Cho");
    expect(await c.code("message.history", { conversation: inThread })).toBe("not_found");
    expect((await a.ok("thread.members", { group: id, thread: name })).members).toMatchObject([{ user: bob }]);
    expect(c.read().texts).not.toContain("without Cho");
    await a.ok("group.dismiss", { group: id });
    await until(b, () => gone(b, name));
    expect(await refused(b)).toBe("not_found");
  });

  it("[TH3] follows its group over lost words and the loss of objects", async () => {
    const { cho, a, b, c, id, thread: name, stub, threadStub, tell, refused } = await thread();
    await c.ok("thread.join", { group: id, thread: name });
    await until(c, () => (c.read().entries as { conversation: { id: string } }[]).some(({ conversation }) => conversation.id === name));
    const cut = await losing(threadStub, "threadWord");
    await a.ok("group.remove", { group: id, users: [cho] });
    // The group itself knows better at once, whatever the thread has heard.
    expect(await refused(c)).toBe("not_found");
    await evictDurableObject(stub, { webSockets: "hibernate" });
    await evictDurableObject(threadStub, { webSockets: "hibernate" });
    cut.mend();
    await runDurableObjectAlarm(stub);
    await until(c, () => gone(c, name));
    // A word that comes late, again, was done.
    await threadStub.threadWord(id, 2, { enter: [cho] });
    await tell(b, "still without Cho");
    expect(await c.code("message.history", { conversation: { type: "thread", id: name } })).toBe("not_found");
  });

  it("[TH4] is silent for whom the group has muted, and moderated by its managers", async () => {
    const { ann, bob, a, b, id, thread: name, inThread, tell, refused } = await thread();
    const { seq } = await tell(b, "rude words");
    await a.ok("group.mute", { group: id, users: [bob], on: true });
    expect(await refused(b)).toBe("forbidden");
    expect(await a.code("message.recall", { conversation: inThread, seq })).toBe("not_found");
    await a.ok("thread.join", { group: id, thread: name });
    await a.ok("message.recall", { conversation: inThread, seq });
    expect((await b.ok("message.history", { conversation: inThread })).records).toMatchObject([{ recalled: { by: ann } }]);
    const server = { kind: "server" as const, app: APP };
    const input = { conversation: inThread, user: "herald", key: "news", content: words("news") };
    await env.CONVERSATION.getByName(conversationObjectName(APP, `thread:${name}`)).call({
      op: "message.send",
      input,
      caller: server,
      settings: DEFAULT_SETTINGS,
    });
    await until(b, () => b.read().texts.includes("news"));
  });

  it("[TH6] is renamed by who has opened it, and its members removed and itself dismissed by managers", async () => {
    const { cho, a, b, c, id, thread: name, refused } = await thread();
    await c.ok("thread.join", { group: id, thread: name });
    expect(await c.code("thread.rename", { group: id, thread: name, name: "Mine" })).toBe("forbidden");
    await b.ok("thread.rename", { group: id, thread: name, name: "Grey herons" });
    await hears(a, "threadRenamed");
    expect(await b.code("thread.remove", { group: id, thread: name, users: [cho] })).toBe("forbidden");
    expect(await a.ok("thread.remove", { group: id, thread: name, users: [cho, "nobody"] })).toEqual({
      failed: [{ user: "nobody", message: "not in the thread" }],
    });
    await hears(c, "threadRemoved");
    await until(c, () => gone(c, name));
    await b.ok("thread.leave", { group: id, thread: name });
    expect(await refused(b)).toBe("not_found");
    expect(await b.code("thread.dismiss", { group: id, thread: name })).toBe("forbidden");
    await a.ok("thread.dismiss", { group: id, thread: name });
    await hears(b, "threadDismissed");
    expect(await b.code("thread.join", { group: id, thread: name })).toBe("not_found");
  });
});
