import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { GROUP_LIMITS } from "../../src/protocol/group-limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { Chatter, textsOf, words } from "./chatter.ts";
import { APP, userStub } from "./device.ts";
import { eventsOf, group, hears, losing } from "./group.ts";
import { rest } from "./rest.ts";

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
      ["message.receipt-counts", { seqs: [3] }],
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
    const cut = await losing(userStub(bob), "groupWord");
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
    const cut = await losing(userStub(cho), "groupWord");
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

  it("[GC9] is heard no more by who shields it, who stays a member and reads what was said", async () => {
    const { b, a, id, conversation, say } = await group();
    await b.ok("group.shield", { group: id, on: true });
    expect(await b.ok("group.get", { group: id })).toMatchObject({ shielded: true, role: "member" });
    await say(a, "unheard");
    expect(textsOf((await b.ok("message.history", { conversation })).records as never[])).toEqual(["unheard"]);
    expect((await b.ok("conversation.sync", { conversations: [{ conversation, since: 0 }] })).conversations).toMatchObject([{ unread: 0 }]);
    await b.ok("group.shield", { group: id, on: false });
    const { seq } = await say(a, "heard");
    expect(await b.until(Number(seq))).toMatchObject({ unread: 1 });
    const heard = b.news.flatMap(({ records }) => records).filter(({ seq: one }) => one === seq);
    expect(textsOf(heard)).toEqual(["heard"]);
  });

  it("[GC10] loses a member that is deleted, and ends with its owner", async () => {
    const { ann, bob, a, b, cho, c, id, stub } = await group();
    await a.ok("group.invite", { group: id, users: [cho] });
    await hears(c, "added");
    await stub.forget(bob);
    await hears(c, "left");
    expect((await c.ok("group.members", { group: id })).members).toMatchObject([{ user: ann }, { user: cho }]);
    await stub.forget(ann);
    await hears(c, "dismissed");
    expect(await c.code("group.get", { group: id })).toBe("not_found");
    expect(b.device.seen).not.toContainEqual(expect.objectContaining({ name: "dismissed" }));
  });

  it("[GC11] has a message confirmed by who has read it, with a word, where its sender asks for it", async () => {
    const { bob, cho, a, b, c, id, conversation, say } = await group();
    await a.ok("group.invite", { group: id, users: [cho] });
    const { seq } = await a.ok("message.send", { conversation, key: "asks", content: words("who comes?"), confirm: true });
    await b.until(Number(seq));
    expect(b.news.flatMap(({ records }) => records)).toContainEqual(expect.objectContaining({ seq, confirm: true }));
    expect(await b.ok("message.confirm", { conversation, seq, content: "I do" })).toEqual({ count: 1 });
    expect(await b.ok("message.confirm", { conversation, seq, content: "or not" })).toEqual({ count: 1 });
    expect(await c.ok("message.confirm", { conversation, seq })).toEqual({ count: 2 });
    while (a.read().passed.length < 4) await a.device.next("notice");
    expect(a.passed).toContainEqual({ kind: "confirmed", from: bob, seq, count: 1, content: "I do" });
    expect(await a.ok("message.confirmations", { conversation, seq, limit: 1 })).toMatchObject({
      count: 2,
      users: [{ user: bob, content: "I do" }],
      next: bob,
    });
    expect(await a.ok("message.confirmations", { conversation, seq, after: bob })).toMatchObject({ count: 2, users: [{ user: cho }] });
    expect(await a.code("message.confirm", { conversation, seq })).toBe("forbidden");
    const plain = await say(a, "no need");
    expect(await b.code("message.confirm", { conversation, seq: plain.seq })).toBe("bad_request");
    await c.ok("group.leave", { group: id });
    expect(await c.code("message.confirm", { conversation, seq })).toBe("not_found");
    const single = { type: "single", id: bob };
    expect(await a.code("message.confirm", { conversation: single, seq: 1 })).toBe("bad_request");
    expect(await a.code("message.send", { conversation: single, key: "k", content: words("x"), confirm: true })).toBe("bad_request");
  });

  it("[GC12] counts who has a message and who has read it, and names them page by page; who came later was not meant", async () => {
    const { bob, cho, a, b, c, id, conversation, say } = await group();
    const { seq } = await say(a, "read me");
    await a.ok("group.invite", { group: id, users: [cho] });
    await hears(c, "added");
    expect(await a.ok("message.receipts", { conversation, seq })).toMatchObject({ counts: { of: 1, read: 0 }, read: [] });
    await b.ok("conversation.read", { conversation, seq });
    expect(await a.ok("message.receipts", { conversation, seq, limit: 1 })).toEqual({
      counts: { of: 1, delivered: 1, read: 1 },
      delivered: [bob],
      read: [bob],
    });
    const later = await say(a, "both of you");
    await b.ok("conversation.read", { conversation, seq: later.seq });
    await c.ok("conversation.read", { conversation, seq: later.seq });
    const first = await a.ok("message.receipts", { conversation, seq: later.seq, limit: 1 });
    expect(first).toMatchObject({ counts: { of: 2, read: 2 }, read: [bob], next: bob });
    expect(await a.ok("message.receipts", { conversation, seq: later.seq, after: bob })).toMatchObject({ read: [cho] });
    const both = { counts: [seq, later.seq].map((one, index) => ({ seq: one, of: index + 1, delivered: index + 1, read: index + 1 })) };
    expect(await a.ok("message.receipt-counts", { conversation, seqs: [seq, later.seq, seq, 999] })).toEqual(both);
    // What was said before it came is not there for the third.
    expect(await c.ok("message.receipt-counts", { conversation, seqs: [seq, later.seq] })).toEqual({ counts: both.counts.slice(1) });
  });

  it("[GC13] mentions one, or all, who find it in their lists until they have read it", async () => {
    const { bob, cho, a, b, conversation } = await group();
    const one = await a.ok("message.send", { conversation, key: "one", content: words("Bob?"), mentions: [bob] });
    expect(await b.until(Number(one.seq))).toMatchObject({ mentioned: one.seq });
    await b.ok("conversation.read", { conversation, seq: one.seq });
    const all = await a.ok("message.send", { conversation, key: "all", content: words("everybody!"), mentions: "all" });
    expect(await b.until(Number(all.seq))).toMatchObject({ mentioned: all.seq, unread: 1 });
    expect(await a.code("message.send", { conversation, key: "no", content: words("Cho?"), mentions: [cho] })).toBe("bad_request");
  });

  it("[GM3] shows some members' attributes, and each user the groups it is in", async () => {
    const { ann, bob, a, b, c, id } = await group();
    await b.ok("group.set-attributes", { group: id, member: bob, attributes: { team: "red" } });
    expect(await a.ok("group.member-attributes", { group: id, users: [bob, "nobody"] })).toEqual({ members: [{ user: bob, attributes: { team: "red" } }] });
    expect(await c.code("group.member-attributes", { group: id, users: [bob] })).toBe("not_found");
    expect(await a.ok("group.create", { group: `${id}-2`, name: "More birds", members: [bob] })).toEqual({ failed: [] });
    while (b.read().entries.length < 2) await b.device.next("notice");
    expect(await b.ok("group.joined", {})).toMatchObject({
      count: 2,
      failed: [],
      groups: [{ group: id, role: "member", members: 2, details: { name: "Birds" } }, { role: "member" }],
    });
    expect(await b.ok("group.joined", { limit: 1 })).toMatchObject({ groups: [{ group: id }], next: id });
    expect(await b.ok("group.joined", { after: id })).toMatchObject({ groups: [{ group: `${id}-2` }] });
    expect(await b.code("group.joined", { user: ann })).toBe("forbidden");
    await b.ok("group.leave", { group: id });
    while (!(b.read().entries as { left?: number }[]).some(({ left }) => left !== undefined)) await b.device.next("notice");
    expect(await b.ok("group.joined", {})).toMatchObject({ count: 1 });
    expect(await c.ok("group.joined", {})).toMatchObject({ count: 0, groups: [] });
  });

  it("[GC17] invites who is away: its next device hears of it, and every one finds it until it is answered, over REST too", async () => {
    const { bob, a, id, cho, c } = await group({ consent: true });
    const dan = `dan-${id}`;
    c.device.close();
    await expect.poll(() => runInDurableObject(userStub(cho), (_object, ctx) => ctx.getWebSockets().length)).toBe(0);
    expect(await a.ok("group.invite", { group: id, users: [cho, dan], reason: "sing" })).toEqual({ failed: [] });
    const found = async (user: string) => ((await (await rest("GET", `/users/${user}/group-invitations`)).json()) as { invitations: object[] }).invitations;
    await expect.poll(() => found(dan)).toMatchObject([{ group: id, reason: "sing" }]);
    await expect.poll(() => found(cho)).toHaveLength(1);
    await evictDurableObject(userStub(cho));
    const first = await Chatter.login(cho);
    await hears(first, "invited");
    expect(first.device.seen.find(({ name }) => name === "group.word")).toMatchObject({
      group: id,
      at: expect.any(Number),
      event: { kind: "invited", user: cho },
    });
    const second = await Chatter.login(cho, { device: "laptop" });
    expect(await second.ok("group.invitations", {})).toMatchObject({ invitations: [{ group: id, reason: "sing" }] });
    expect(eventsOf(second)).toEqual([]);
    expect(await second.code("group.invitations", { user: bob })).toBe("forbidden");
    await second.ok("group.answer", { group: id, accept: true });
    expect(await first.ok("group.invitations", {})).toEqual({ invitations: [] });
    expect(await found(dan)).toHaveLength(1);
    await a.ok("group.dismiss", { group: id });
    await expect.poll(() => found(dan)).toEqual([]);
  });

  it("[GC17] forgets an invitation with the first word that one is a member, and keeps the newest of many", async () => {
    const { a, c, cho, id } = await group({ consent: true });
    await a.ok("group.invite", { group: id, users: [cho] });
    await hears(c, "invited");
    await rest("POST", `/groups/${id}/members`, { users: [cho] });
    await hears(c, "added");
    expect(await c.ok("group.invitations", {})).toEqual({ invitations: [] });
    await runInDurableObject(userStub(cho), async (object) => {
      for (let n = 0; n < GROUP_LIMITS.invitationsKept + 5; n++)
        await object.groupWord(`many-${n}`, { from: "x", event: { kind: "invited", user: cho, by: "x", reason: String(n) } });
    });
    const { invitations } = (await c.ok("group.invitations", {})) as { invitations: { reason: string }[] };
    expect(invitations).toHaveLength(GROUP_LIMITS.invitationsKept);
  });

  it("[GJ8] takes as many members as the app has it", async () => {
    const { a, id, stub } = await group();
    const settings = { ...DEFAULT_SETTINGS, groupMembers: 5 };
    const update = (maxMembers: number) => stub.call({ op: "group.update", input: { group: id, maxMembers }, caller: { kind: "server", app: APP }, settings });
    expect(await update(5)).toHaveProperty("ok");
    expect(await update(6)).toMatchObject({ error: { code: "limit_exceeded", limit: 5 } });
    expect(await a.ok("group.get", { group: id })).toMatchObject({ details: { maxMembers: 5 } });
  });

  it("[GC14] is searched by its members, as far as each may see", async () => {
    const { bob, a, b, c, id, conversation, stub, say } = await group({ public: true, approval: false });
    await say(a, "herons nest early");
    expect(await c.ok("group.apply", { group: id })).toEqual({ state: "member" });
    await say(b, "herons nest late");
    await a.ok("message.send", { conversation, key: "only", content: words("herons hide"), receivers: [bob] });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const find = async (who: Chatter, more: object = {}) =>
      textsOf(((await who.ok("message.search", { text: "herons", ...more })).found as { record: never }[]).map(({ record }) => record)).sort();
    expect(await find(a)).toEqual(["herons hide", "herons nest early", "herons nest late"]);
    expect(await find(b, { conversation })).toHaveLength(3);
    expect(await find(c)).toEqual(["herons nest late"]);
    await b.ok("group.leave", { group: id });
    while (!(b.read().entries as { left?: number }[]).some(({ left }) => left !== undefined)) await b.device.next("notice");
    expect([await find(b), await find(b, { conversation })]).toEqual([[], []]);
  });
});
