import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { conversationName } from "../../src/protocol/conversation-name.ts";
import type { FoundMessage } from "../../src/protocol/messages/conversation.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { conversationObjectName } from "../../src/server/objects/locate.ts";
import { chatSearchContract } from "../contract/chat-search.ts";
import { APP, Device } from "./device.ts";
import { rest } from "./rest.ts";

const ofContract = "0000000000000000000000000000c0de";
chatSearchContract(async () => {
  const emptied = ["chat_words WHERE rowid IN (SELECT id FROM chat_search WHERE app = ?)", "chat_search WHERE app = ?", "chat_messages WHERE app = ?"];
  await env.DB.batch(emptied.map((where) => env.DB.prepare(`DELETE FROM ${where}`).bind(ofContract)));
  return env.DB;
});

let count = 0;
const single = (id: string) => ({ type: "single", id });

async function login(user: string, changes: object = {}) {
  const { device } = await Device.login(user, changes);
  const ok = async (op: string, input: object) => {
    const reply = await device.request(op, input);
    if (reply.ok === undefined) throw new Error(`${op}: ${JSON.stringify(reply)}`);
    return reply.ok as Record<string, unknown>;
  };
  const code = async (op: string, input: object) => ((await device.request(op, input)).error as { code?: string } | undefined)?.code;
  let keys = 0;
  const say = (to: string, text: string, more: object = {}) =>
    ok("message.send", { conversation: single(to), key: `k${++keys}`, content: { type: "text", text }, ...more });
  const find = async (text: string, more: object = {}) => {
    const { found, next } = await ok("message.search", { text, ...more });
    return {
      texts: (found as FoundMessage[]).map(({ record }) => (record.content?.type === "text" ? record.content.text : "")),
      found: found as FoundMessage[],
      next,
    };
  };
  return { user, ok, code, say, find };
}

async function three(changes: object = {}) {
  const n = ++count;
  const [ann, bob, cy] = await Promise.all([login(`s-ann-${n}`, changes), login(`s-bob-${n}`, changes), login(`s-cy-${n}`, changes)]);
  const exported = async (a: string, b: string) => {
    const stub = env.CONVERSATION.getByName(conversationObjectName(APP, conversationName({ type: "single", id: b }, a)));
    expect(await runDurableObjectAlarm(stub)).toBe(true);
  };
  return { ann, bob, cy, exported };
}

describe("search", () => {
  it("[CQ1] [CQ3] [CQ5] finds a user's own messages in all conversations, and in one", async () => {
    const { ann, bob, cy, exported } = await three();
    await ann.say(bob.user, "我们吃午饭吧");
    await bob.say(ann.user, "午饭在哪里?");
    await cy.say(bob.user, "没有午饭 secret");
    await exported(ann.user, bob.user);
    await exported(bob.user, cy.user);
    expect((await ann.find("午饭")).texts.sort()).toEqual(["午饭在哪里?", "我们吃午饭吧"]);
    expect((await ann.find("secret")).texts).toEqual([]);
    expect((await bob.find("午饭")).texts).toHaveLength(3);
    expect((await bob.find("午饭", { conversation: single(cy.user) })).found).toMatchObject([
      { conversation: single(cy.user), id: expect.stringMatching(/^\d+$/), record: { seq: 1, from: cy.user } },
    ]);
    expect((await ann.find("午饭", { senders: [bob.user] })).texts).toEqual(["午饭在哪里?"]);
    expect((await ann.find("午饭", { types: ["file"] })).texts).toEqual([]);
    expect((await ann.find("午饭", { to: 1 })).texts).toEqual([]);
    expect(await ann.code("message.search", { text: "午饭", user: bob.user })).toBe("forbidden");
    const found = await rest("POST", `/users/${bob.user}/messages/search`, { text: "secret" });
    expect([found.status, await found.json()]).toMatchObject([200, { found: [{ record: { from: cy.user } }] }]);
    expect(await (await rest("POST", `/users/nobody-${count}/messages/search`, { text: "secret" })).json()).toEqual({ found: [] });
  });

  it("[CQ6] shows nothing that was recalled, edited or removed since the index was written", async () => {
    const { ann, bob, exported } = await three();
    for (const text of ["tea one", "tea two", "tea three", "tea four", "tea five"]) await ann.say(bob.user, text);
    await exported(ann.user, bob.user);
    const withBob = single(bob.user);
    await ann.ok("message.recall", { conversation: withBob, seq: 2 });
    await ann.ok("message.edit", { conversation: withBob, seq: 3, content: { type: "text", text: "coffee" } });
    await bob.ok("message.remove", { conversation: single(ann.user), seqs: [4] });
    await bob.ok("conversation.clear", { conversation: single(ann.user), seq: 1 });
    expect((await ann.find("tea")).texts.sort()).toEqual(["tea five", "tea four", "tea one"]);
    expect((await bob.find("tea")).texts).toEqual(["tea five"]);
    expect((await ann.find("coffee")).texts).toEqual([]);
    await exported(ann.user, bob.user);
    expect((await ann.find("tea")).texts.sort()).toEqual(["tea five", "tea four", "tea one"]);
    expect((await bob.find("coffee")).texts).toEqual(["coffee"]);
    const { results } = await env.DB.prepare("SELECT rowid FROM chat_words WHERE chat_words MATCH 'two'").all();
    expect(results).toEqual([]);
  });

  it("[CQ7] [CQ8] goes on page by page, and says what it does not take", async () => {
    const { ann, bob, exported } = await three();
    for (let n = 0; n < 7; n++) await ann.say(bob.user, `tea ${n}`);
    await exported(ann.user, bob.user);
    const texts: string[] = [];
    for (let next: unknown, more = true; more; more = next !== undefined) {
      const page = await ann.find("tea", { limit: 3, ...(next !== undefined && { next }) });
      texts.push(...page.texts);
      next = page.next;
    }
    expect(texts.sort()).toEqual(Array.from({ length: 7 }, (_, n) => `tea ${n}`));
    for (const text of ["?!", "a b c d e f g h i j k"]) expect(await ann.code("message.search", { text })).toBe("bad_request");
    expect(await ann.code("message.search", { text: "tea", next: "x" })).toBe("bad_request");
  });

  it("[CQ8] is not there for an app that wants none", async () => {
    const { ann, bob, exported } = await three({ settings: { ...DEFAULT_SETTINGS, chatSearch: false } });
    await ann.say(bob.user, "unindexed");
    await exported(ann.user, bob.user);
    expect(await ann.code("message.search", { text: "unindexed" })).toBe("forbidden");
    const { results } = await env.DB.prepare("SELECT rowid FROM chat_words WHERE chat_words MATCH 'unindexed'").all();
    expect(results).toEqual([]);
  });
});
