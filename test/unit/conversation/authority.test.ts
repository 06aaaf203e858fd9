import { describe, expect, it } from "vitest";
import { ConversationAuthority } from "../../../src/domain/conversation/authority.ts";
import type { Heard } from "../../../src/domain/conversation/telling.ts";
import { CHAT_LIMITS } from "../../../src/protocol/chat-limits.ts";
import type { News } from "../../../src/protocol/messages/conversation.ts";
import { ok } from "../../../src/util/result.ts";
import { SqliteConversation } from "../../support/sqlite-conversation.ts";

/** A conversation whose members' objects say what the test says. */
function setUp() {
  const told: { readonly user: string; readonly news: News }[] = [];
  const work: Promise<void>[] = [];
  const alarms: number[] = [];
  const answers = new Map<string, () => Heard>();
  const blocks = new Set<string>();
  const sqlite = new SqliteConversation();
  const start = () =>
    new ConversationAuthority({
      store: sqlite.store(),
      users: ["ann", "bob"],
      exportMs: 30_000,
      retryMs: 1_000,
      retryCapMs: 4_000,
      now: () => 1_000,
      ref: (user) => ({ type: "single", id: user === "ann" ? "bob" : "ann" }),
      number: async () => ok(7),
      archived: async () => [],
      growth: { flushMs: 250, pauseMs: 30_000, lifeMs: 1_800_000, later: (ms, run) => void setTimeout(run, ms) },
      archivedUntil: async () => 0,
      archivedAt: async () => [],
      refuses: async (user, from) => ok(blocks.has(`${user} ${from}`)),
      tell: async (user, news) => {
        told.push({ user, news });
        return (answers.get(user) ?? (() => ({ there: true })))();
      },
      background: (each) => void work.push(each),
      wakeBy: (at) => void alarms.push(at),
    });
  const quiet = async (): Promise<void> => {
    while (work.length > 0) await work.shift();
  };
  return { start, told, alarms, answers, blocks, quiet };
}

const ann = { user: "ann", server: false };
const bob = { user: "bob", server: false };
const text = (key: string) => ({ key, content: { type: "text" as const, text: key } });

describe("a conversation and those it tells", () => {
  it("[CV16] gives who begins, or is too far behind, the newest messages", async () => {
    const { start, quiet } = setUp();
    const authority = start();
    for (let n = 1; n <= CHAT_LIMITS.chatSyncReach + 2; n++) await authority.send(ann, text(`k${n}`));
    await quiet();
    const { head } = authority.conversation;
    const newest = Array.from({ length: CHAT_LIMITS.chatSyncTail }, (_, n) => head - CHAT_LIMITS.chatSyncTail + 1 + n);
    for (const since of [undefined, 1, head + 1]) {
      const synced = authority.sync("bob", since);
      expect(synced).toMatchObject({ ok: true, value: { restart: true, after: 0, upTo: head, unread: head } });
      expect(synced.ok && synced.value.records.map(({ seq }) => seq)).toEqual(newest);
      expect(synced.ok && synced.value.complete).toBeUndefined();
    }
    const near = authority.sync("bob", 2);
    expect(near).toMatchObject({ value: { after: 2, upTo: 2 + CHAT_LIMITS.chatSyncRecords, more: true } });
    expect(near.ok && near.value.restart).toBeUndefined();
    expect((await authority.lookups.history("bob", { before: newest[0] as number })).records[0]?.seq).toBe((newest[0] as number) - 1);
  });

  it("[CV9] names those who gave a reaction, page by page", async () => {
    const { start, quiet } = setUp();
    const authority = start();
    await authority.send(ann, text("k"));
    for (const user of ["ann", "bob", "x", "y"]) authority.change((chat) => chat.react({ user, server: true }, 1, "👍", true));
    await quiet();
    expect(authority.lookups.reactors(ann, 1, "👍", 0, 3)).toEqual({
      ok: true,
      value: { users: ["ann", "bob", "x"].map((user) => ({ user, at: 1_000 })), more: true },
    });
    expect(authority.lookups.reactors(ann, 1, "👍", 3, 3)).toEqual({ ok: true, value: { users: [{ user: "y", at: 1_000 }], more: false } });
    expect(authority.lookups.reactors(ann, 2, "👍", 0, 3)).toMatchObject({ error: { code: "not_found" } });
  });

  it("[CD3] tells a member with no device once, and again from when it asks", async () => {
    const { start, told, answers, quiet } = setUp();
    const authority = start();
    answers.set("bob", () => ({ there: false }));
    for (const key of ["a", "b", "c"]) {
      await authority.send(ann, text(key));
      await quiet();
    }
    expect(told.filter(({ user }) => user === "bob")).toHaveLength(1);
    expect(authority.conversation.member("bob")?.hot).toBe(false);
    answers.delete("bob");
    expect(authority.sync("bob", 0)).toMatchObject({ value: { upTo: 3 } });
    await authority.send(ann, text("d"));
    await quiet();
    expect(told.filter(({ user }) => user === "bob").at(-1)?.news).toMatchObject({ after: 3, upTo: 4 });
  });

  it("[CD10] what passes by who has no device there does not stand for a note that it has to ask", async () => {
    const { start, told, answers, quiet } = setUp();
    const authority = start();
    await authority.send(ann, text("a"));
    await quiet();
    answers.set("bob", () => ({ there: false }));
    authority.pass({ kind: "typing", from: "ann", on: true });
    await quiet();
    expect(authority.conversation.member("bob")?.hot).toBe(true);
    await authority.send(ann, text("b"));
    await quiet();
    expect(told.filter(({ user }) => user === "bob").at(-1)?.news).toMatchObject({ after: 1, upTo: 2 });
    expect(authority.conversation.member("bob")?.hot).toBe(false);
  });

  it("[CD6] takes no word of absence that is older than the asking", async () => {
    const { start, answers, quiet } = setUp();
    const authority = start();
    answers.set("bob", () => {
      // Somebody came while the word was on its way.
      authority.sync("bob", 0);
      return { there: false };
    });
    await authority.send(ann, text("a"));
    await quiet();
    expect(authority.conversation.member("bob")?.hot).toBe(true);
  });

  it("[CD6] tells by its alarm who could not be told, and who has not said that it has all", async () => {
    const { start, told, alarms, answers, quiet } = setUp();
    const authority = start();
    answers.set("bob", () => {
      throw new Error("lost");
    });
    await authority.send(ann, text("a"));
    await quiet();
    expect(alarms).toContain(2_000);
    answers.delete("bob");
    authority.due();
    await quiet();
    expect(told.filter(({ user }) => user === "bob").at(-1)?.news).toMatchObject({ after: 0, upTo: 1, records: [{ seq: 1 }] });
    // The next life does not know who has heard.
    const next = start();
    const before = told.length;
    next.due();
    await quiet();
    expect(told.slice(before).map(({ user, news: { after, upTo } }) => [user, after, upTo])).toEqual([
      ["ann", 1, 1],
      ["bob", 1, 1],
    ]);
    for (const user of ["ann", "bob"]) next.report(user, { delivered: 1, settled: 1 });
    await quiet();
    const settled = told.length;
    next.due();
    await quiet();
    expect(told).toHaveLength(settled);
  });

  it("[CD20] lets who is blocked neither begin it, nor send, edit, react, pin, or show that he types; recalling stays", async () => {
    const { start, told, blocks, quiet } = setUp();
    const authority = start();
    blocks.add("bob ann");
    expect(await authority.send(ann, text("a"))).toMatchObject({ error: { code: "forbidden" } });
    expect(authority.conversation.open).toBe(false);
    blocks.clear();
    expect(await authority.send(ann, text("a"))).toMatchObject({ ok: true });
    authority.refuse("bob", true);
    expect(await authority.send(ann, text("b"))).toMatchObject({ error: { code: "forbidden" } });
    for (const what of [
      authority.changeForOthers(ann, (chat) => chat.edit(ann, 1, { ext: {} })),
      authority.changeForOthers(ann, (chat) => chat.react(ann, 1, "👍", true)),
      authority.changeForOthers(ann, (chat) => chat.pin(ann, 1, true)),
    ])
      expect(what).toMatchObject({ error: { code: "forbidden" } });
    await quiet();
    const before = told.length;
    authority.pass({ kind: "typing", from: "ann", on: true });
    await quiet();
    expect(told).toHaveLength(before);
    // The other way it goes on, and after a start it is still so.
    expect(await authority.send(bob, text("c"))).toMatchObject({ ok: true });
    expect(await start().send(ann, text("d"))).toMatchObject({ error: { code: "forbidden" } });
    expect(await authority.send({ user: "ann", server: true }, text("e"))).toMatchObject({ ok: true });
    expect(authority.change((chat) => chat.recall(ann, 1))).toMatchObject({ ok: true });
    authority.refuse("bob", false);
    expect(await authority.send(ann, text("f"))).toMatchObject({ ok: true });
  });

  it("[CD20] heeds a block that comes while the conversation begins", async () => {
    const { start } = setUp();
    const authority = start();
    const sending = authority.send(ann, text("a"));
    authority.refuse("bob", true);
    expect(await sending).toMatchObject({ error: { code: "forbidden" } });
  });
});
