import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CHAT_LIMITS, CHAT_TIMINGS } from "../../src/protocol/chat-limits.ts";
import { conversationName } from "../../src/protocol/conversation-name.ts";
import type { MessageRecord } from "../../src/protocol/messages/conversation.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { conversationObjectName } from "../../src/server/objects/locate.ts";
import { PATIENCE } from "../support/patience.ts";
import { Chatter, textsOf, words } from "./chatter.ts";
import { APP, userStub } from "./device.ts";
import { costOf } from "./row-meter.ts";

let count = 0;
const conversationStub = (a: string, b: string) => env.CONVERSATION.getByName(conversationObjectName(APP, conversationName({ type: "single", id: b }, a)));

async function pair() {
  const n = ++count;
  const [ann, bob] = [`ann-${n}`, `bob-${n}`];
  return {
    ann,
    bob,
    a: await Chatter.login(ann),
    b: await Chatter.login(bob),
    stub: conversationStub(ann, bob),
    withBob: { type: "single", id: bob },
    withAnn: { type: "single", id: ann },
  };
}

/** Calls to the objects of chat while `work` runs. */
async function callsOf(some: { conversation: DurableObjectStub; user: DurableObjectStub }, work: () => Promise<unknown>): Promise<string[]> {
  const made: string[] = [];
  const undo: (() => void)[] = [];
  const watch = async (stub: DurableObjectStub, names: readonly string[]): Promise<void> => {
    const prototype = await runInDurableObject(stub, (object) => Object.getPrototypeOf(object) as Record<string, (...args: unknown[]) => unknown>);
    for (const name of names) {
      const method = prototype[name] as (...args: unknown[]) => unknown;
      prototype[name] = function (this: unknown, ...args: unknown[]) {
        made.push(name);
        return method.apply(this, args);
      };
      undo.push(() => Object.assign(prototype, { [name]: method }));
    }
  };
  await watch(some.conversation, ["call", "ask", "sync", "report"]);
  await watch(some.user, ["chatNews"]);
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return made;
}

afterEach(() => void vi.useRealTimers());

describe("a chat of two", () => {
  it("[CD1] reaches every device of both, in one order, with all that is done to it", async () => {
    const { ann, bob, a, b, withBob, withAnn } = await pair();
    const a2 = await Chatter.login(ann, { device: "laptop" });
    const b2 = await Chatter.login(bob, { device: "laptop" });
    for (let i = 0; i < 5; i++) await Promise.all([a.send(bob, `a${i}`), b.send(ann, `b${i}`)]);
    await a
      .ok("message.edit", { conversation: withBob, seq: 1, content: words("edited") })
      .catch(() => b.ok("message.edit", { conversation: withAnn, seq: 1, content: words("edited") }));
    await b.ok("message.react", { conversation: withAnn, seq: 2, reaction: "👍", on: true });
    await a.ok("message.pin", { conversation: withBob, seq: 3, on: true });
    const told = await Promise.all([a, a2, b, b2].map((each) => each.until(13)));
    expect(told.map(({ upTo }) => upTo)).toEqual([13, 13, 13, 13]);
    const seen = [a, a2, b, b2].map((each) => each.news.flatMap(({ records }) => records.map(({ seq, version }) => [seq, version])));
    for (const other of seen) expect(other).toEqual(seen[0]);
    const positions = b2.news.map(({ after, upTo }) => [after, upTo]);
    for (const [i, [after]] of positions.entries()) expect(after).toBe(i === 0 ? 0 : positions[i - 1]?.[1]);
  });

  it("[CD2] [CD3] [CD7] goes on for who was away, at the price of one row and one call", async () => {
    const { ann, bob, a, b, stub } = await pair();
    await a.send(bob, "before");
    await b.until(1);
    await b.acknowledge(ann, 1);
    b.device.close();
    await vi.waitFor(async () => expect(await runInDurableObject(userStub(bob), (_object, ctx) => ctx.getWebSockets().length)).toBe(0), PATIENCE);
    const calls = await callsOf({ conversation: stub, user: userStub(bob) }, async () => {
      for (let i = 0; i < 20; i++) await a.send(bob, `while ${i}`);
      await a.device.settle();
    });
    expect(calls.filter((name) => name === "chatNews")).toHaveLength(1);
    expect(await runInDurableObject(userStub(bob), (_object, ctx) => ctx.storage.sql.exec("SELECT * FROM chat_mark").toArray().length)).toBe(1);
    const back = await Chatter.login(bob);
    expect(back.listed.behind).toEqual([{ type: "single", id: ann }]);
    const { records, upTo, unread } = await back.sync(ann, 1);
    expect(textsOf(records)).toEqual(Array.from({ length: 20 }, (_, i) => `while ${i}`));
    expect([upTo, unread]).toEqual([21, 21]);
    await back.acknowledge(ann, upTo);
    expect((await back.ok("conversation.list", {})).behind).toEqual([]);
    await a.send(bob, "again");
    expect(await back.until(22)).toMatchObject({ after: 21, unread: 22 });
  });

  it("[CD4] has to be asked for by a device that says nothing to what it was pushed", async () => {
    const { ann, bob, a, b } = await pair();
    const b2 = await Chatter.login(bob, { device: "laptop" });
    await a.send(bob, "one");
    await Promise.all([b.until(1), b2.until(1)]);
    await b.acknowledge(ann, 1);
    b2.device.close();
    await vi.waitFor(
      async () =>
        expect(await runInDurableObject(userStub(bob), (_object, ctx) => ctx.storage.sql.exec("SELECT device FROM chat_mark").toArray())).toEqual([
          { device: "laptop" },
        ]),
      PATIENCE,
    );
    await a.send(bob, "two");
    await b.until(2);
    // Not acknowledged in time, over a socket that stays.
    await vi.waitFor(async () => expect((await b.ok("conversation.list", {})).behind).toEqual([{ type: "single", id: ann }]), {
      timeout: 3 * CHAT_TIMINGS.chatAckMs + PATIENCE.timeout,
    });
    await b.acknowledge(ann, 2);
    expect((await b.ok("conversation.list", {})).behind).toEqual([]);
  });

  it("[CD5] is new to a new device", async () => {
    const { ann, bob, a, b } = await pair();
    for (let i = 0; i < 30; i++) await a.send(bob, `m${i}`);
    await b.until(30);
    const fresh = await Chatter.login(bob, { device: "tablet" });
    expect(fresh.listed).toMatchObject({ behind: [{ type: "single", id: ann }], entries: [{ conversation: { type: "single", id: ann } }] });
    const start = await fresh.sync(ann);
    expect(start).toMatchObject({ restart: true, upTo: 30, unread: 30 });
    expect(start.records.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 11));
    const page = await fresh.ok("message.history", { conversation: { type: "single", id: ann }, before: 11 });
    expect((page.records as MessageRecord[]).map(({ seq }) => seq)).toEqual(Array.from({ length: 10 }, (_, i) => 10 - i));
    expect(page).not.toHaveProperty("next");
  });

  it("[CD6] loses nothing with its objects", async () => {
    const { ann, bob, a, b, stub } = await pair();
    await a.send(bob, "one");
    await b.until(1);
    for (const each of [stub, userStub(ann), userStub(bob)]) await evictDurableObject(each);
    await a.send(bob, "two");
    expect(await b.until(2)).toMatchObject({ after: 1 });
    // Neither has acknowledged: its next life asks by its alarm.
    await evictDurableObject(stub);
    const before = b.read().news.length;
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await vi.waitFor(() => expect(b.read().news.slice(before).at(-1)).toMatchObject({ after: 2, upTo: 2, records: [] }), PATIENCE);
    await abortAllDurableObjects();
    const [back, other] = [await Chatter.login(bob), await Chatter.login(ann)];
    expect(textsOf((await back.sync(ann)).records)).toEqual(["one", "two"]);
    expect(await other.send(bob, "two", { again: true })).toMatchObject({ seq: 2, duplicate: true });
    await other.send(bob, "three");
    expect(await back.until(3)).toMatchObject({ after: 2, upTo: 3 });
  });

  it("[CD8] [CD9] is read on one device, and everybody knows; delivered costs no row", async () => {
    const { ann, bob, a, b, withAnn } = await pair();
    const b2 = await Chatter.login(bob, { device: "laptop" });
    await a.send(bob, "one");
    await Promise.all([b.until(1), b2.until(1)]);
    const cost = await costOf(userStub(ann), async () => {
      await b.acknowledge(ann, 1);
      await a.until(1, ({ receipts }) => receipts.some(({ user, delivered }) => user === bob && delivered === 1));
    });
    expect(cost.rows).toBe(0);
    await b.ok("conversation.read", { conversation: withAnn, seq: 1 });
    expect(await b2.until(2)).toMatchObject({ unread: 0 });
    expect((await a.until(2)).receipts).toContainEqual({ user: bob, delivered: 1, read: 1 });
    expect(await a.ok("message.receipts", { conversation: { type: "single", id: bob }, seq: 1 })).toEqual({
      counts: { of: 1, delivered: 1, read: 1 },
      delivered: [bob],
      read: [bob],
    });
  });

  it("[CD10] passes on typing and what is for who is online", async () => {
    const { ann, bob, a, b, withBob, stub } = await pair();
    await a.send(bob, "one");
    await b.until(1);
    const cost = await costOf(userStub(ann), async () => {
      await a.ok("conversation.typing", { conversation: withBob, on: true });
      expect(await a.send(bob, "psst", { online: true })).not.toHaveProperty("seq");
      await vi.waitFor(
        () =>
          expect(b.read().passed).toMatchObject([
            { kind: "typing", from: ann, on: true },
            { kind: "message", content: words("psst") },
          ]),
        PATIENCE,
      );
    });
    expect(cost.rows).toBe(0);
    expect(a.read().passed).toEqual([]);
    b.device.close();
    await vi.waitFor(async () => expect(await runInDurableObject(userStub(bob), (_object, ctx) => ctx.getWebSockets().length)).toBe(0), PATIENCE);
    await a.ok("conversation.typing", { conversation: withBob, on: false });
    await a.device.settle();
    expect(await runInDurableObject(stub, (_object, ctx) => ctx.storage.sql.exec("SELECT count(*) AS n FROM message").one().n)).toBe(1);
  });

  it("[CD11] stands in the list, with what the user made of it", async () => {
    const { ann, bob, a, b, withAnn } = await pair();
    const b2 = await Chatter.login(bob, { device: "laptop" });
    await a.send(bob, "one");
    await Promise.all([b.until(1), b2.until(1)]);
    await b.ok("conversation.configure", { conversation: withAnn, pinned: true, marks: [3, 0, 3], mutedUntil: 0 });
    await b2.device.settle();
    expect(b2.read().entries).toMatchObject([{ conversation: withAnn }, { conversation: withAnn, marks: [0, 3], mutedUntil: 0, pinnedAt: expect.any(Number) }]);
    await b.ok("conversation.configure", { conversation: withAnn, pinned: false, marks: [], mutedUntil: null });
    const { entries, revision } = (await b.ok("conversation.list", {})) as { entries: object[]; revision: number };
    expect(entries).toEqual([{ conversation: withAnn, revision, activeAt: expect.any(Number) }]);
    await b.ok("conversation.remove", { conversation: withAnn });
    expect(await b.code("conversation.configure", { conversation: withAnn, pinned: true })).toBe("not_found");
    expect((await b.ok("conversation.list", { since: revision })).entries).toMatchObject([{ removed: true }]);
    await a.send(bob, "two");
    await b.until(2);
    const listed = (await b.ok("conversation.list", { since: revision })).entries as object[];
    expect(listed).toMatchObject([{ conversation: withAnn }]);
    expect(listed[0]).not.toHaveProperty("removed");
    expect(await b.code("conversation.configure", { conversation: { type: "single", id: `nobody-${ann}` }, pinned: true })).toBe("not_found");
  });

  it("[CD13] [CD14] is with another user, and leaves nothing behind if it never was", async () => {
    const { ann, bob, a, stub, withBob } = await pair();
    for (const conversation of [
      { type: "single", id: ann },
      { type: "group", id: "g" },
    ]) {
      expect(await a.code("message.send", { conversation, key: "k", content: words("x") })).toBe(conversation.type === "group" ? "not_found" : "bad_request");
      expect((await a.ok("conversation.sync", { conversations: [{ conversation }] })).conversations).toEqual([]);
    }
    expect(await a.code("message.send", { conversation: withBob, key: "k", content: words("x"), user: bob })).toBe("forbidden");
    expect(await a.ok("message.history", { conversation: withBob })).toEqual({ records: [], upTo: 0 });
    expect(await a.ok("conversation.read", { conversation: withBob, seq: 1 })).toEqual({});
    expect(await a.code("message.recall", { conversation: withBob, seq: 1 })).toBe("not_found");
    expect((await a.ok("conversation.sync", { conversations: [{ conversation: withBob }] })).conversations).toEqual([]);
    expect(
      await runInDurableObject(
        stub,
        (_object, ctx) => ctx.storage.sql.exec("SELECT count(*) AS n FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").one().n,
      ),
    ).toBe(0);
  });

  it("[CD15] costs one row and four calls while both are there", async () => {
    const { ann, bob, a, b, stub } = await pair();
    await a.send(bob, "first");
    await b.until(1);
    await b.acknowledge(ann, 1);
    await a.until(1, ({ receipts }) => receipts.some(({ user, delivered }) => user === bob && delivered === 1));
    await a.acknowledge(bob, 1);
    let calls: string[] = [];
    const cost = await costOf(userStub(ann), async () => {
      calls = await callsOf({ conversation: stub, user: userStub(bob) }, async () => {
        await a.send(bob, "second");
        await b.until(2);
        await b.acknowledge(ann, 2);
        await a.until(2, ({ receipts }) => receipts.some(({ user, delivered }) => user === bob && delivered === 2));
      });
    });
    expect({ calls: calls.sort(), ...cost }).toEqual({ calls: ["ask", "chatNews", "chatNews", "report"], rows: 1, alarms: 0 });
    b.device.close();
    await vi.waitFor(async () => expect(await runInDurableObject(userStub(bob), (_object, ctx) => ctx.getWebSockets().length)).toBe(0), PATIENCE);
    const first = await costOf(userStub(ann), async () => {
      await a.send(bob, "third");
      await vi.waitFor(
        async () =>
          expect(await runInDurableObject(stub, (_object, ctx) => ctx.storage.sql.exec("SELECT hot FROM member WHERE user = ?", bob).one().hot)).toBe(0),
        PATIENCE,
      );
    });
    // The message, the note of the absent device, and that the member is cold.
    expect(first.rows).toBe(3);
    expect((await costOf(userStub(ann), () => a.send(bob, "fourth"))).rows).toBe(1);
  });

  it("[CV21] [CV23] shows texts that grow, to who is there and to who comes later, over the death of its object", async () => {
    const { ann, bob, a, b, stub, withBob, withAnn } = await pair();
    const start = await a.send(bob, "Once", { growing: true });
    expect(start).toMatchObject({ seq: 1 });
    const append = (at: number, text: string, more: object = {}) => a.ok("message.append", { conversation: withBob, seq: 1, at, text, ...more });
    expect(await append(4, " upon")).toMatchObject({ length: 9, version: 2 });
    await Promise.all([append(9, " a"), append(11, " time")]);
    const last = await b.until(3);
    expect(b.read().news.flatMap(({ records }) => records)).toMatchObject([
      { content: words("Once"), growing: true },
      { grows: { at: 4, text: " upon" }, growing: true },
      { grows: { at: 9, text: " a time" }, growing: true },
    ]);
    expect(last.unread).toBe(1);
    await evictDurableObject(stub);
    const later = await Chatter.login(bob, { device: "later" });
    expect((await later.sync(ann)).records).toMatchObject([{ content: words("Once upon a time"), growing: true }]);
    expect(await b.code("message.append", { conversation: withAnn, seq: 1, at: 16, text: "!" })).toBe("forbidden");
    expect(await a.code("message.append", { conversation: withBob, seq: 1, at: 20, text: "!" })).toBe("out_of_turn");
    await append(16, ".", { end: true });
    const { records } = await b.until(5);
    expect(records.at(-1)).toMatchObject({ seq: 1 });
    expect(records.at(-1)?.growing).toBeUndefined();
    expect(((await b.ok("message.history", { conversation: withAnn })) as { records: MessageRecord[] }).records).toMatchObject([
      { content: words("Once upon a time.") },
    ]);
    await b.ok("block.add", { users: [ann] });
    await a.send(bob, "x", { growing: true, key: "y" }).catch(() => {});
    expect(await a.code("message.append", { conversation: withBob, seq: 1, at: 17, text: "!" })).toBe("forbidden");
  });

  it("[CV24] ends a text whose writer is gone", async () => {
    const { bob, a, b, stub, withAnn } = await pair();
    await a.send(bob, "Once", { growing: true });
    await b.until(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + CHAT_TIMINGS.chatGrowPauseMs });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await b.until(2);
    const { records } = (await b.ok("message.history", { conversation: withAnn })) as { records: MessageRecord[] };
    expect(records).toMatchObject([{ content: words("Once"), cut: true }]);
  });

  it("[CV25] tells with the unread count who was mentioned, and where", async () => {
    const { ann, bob, a, b, withBob, withAnn } = await pair();
    await a.send(bob, "one", { mentions: "all" });
    await a.send(bob, "two", { mentions: [bob] });
    await a.send(bob, "three");
    expect(await b.until(3)).toMatchObject({ unread: 3, mentioned: 2 });
    expect(await b.sync(ann)).toMatchObject({ mentioned: 2, records: [{ mentions: "all" }, { mentions: [bob] }, {}] });
    expect(await a.code("message.send", { conversation: withBob, key: "x", content: words("x"), mentions: ["somebody"] })).toBe("bad_request");
    await b.ok("conversation.read", { conversation: withAnn, seq: 2 });
    const read = await b.until(4);
    expect([read.unread, read.mentioned]).toEqual([1, undefined]);
    expect((await a.until(4)).mentioned).toBeUndefined();
  });

  it("[CD20] [CD21] is closed to who is blocked, from the answer on, also where it has not begun", async () => {
    const { ann, bob, a, b, withBob } = await pair();
    expect((await b.ok("block.list", {})).users).toEqual([]);
    await b.ok("block.add", { users: [ann, `other-${ann}`] });
    expect((await b.ok("block.list", {})).users).toEqual([ann, `other-${ann}`]);
    expect(await a.code("message.send", { conversation: withBob, key: "k", content: words("x") })).toBe("forbidden");
    await b.send(ann, "hello");
    await a.until(1);
    expect(await a.code("message.send", { conversation: withBob, key: "k", content: words("x") })).toBe("forbidden");
    expect(await a.code("message.react", { conversation: withBob, seq: 1, reaction: "👍", on: true })).toBe("forbidden");
    await b.ok("block.remove", { users: [ann] });
    await a.send(bob, "hi");
    await b.until(2);
    await b.ok("block.add", { users: [ann] });
    expect(await a.code("message.send", { conversation: withBob, key: "k2", content: words("x") })).toBe("forbidden");
    expect(await a.code("message.send", { conversation: withBob, key: "k3", content: words("x"), online: true })).toBe("forbidden");
    expect(await b.code("block.add", { users: [bob] })).toBe("bad_request");
    expect(await a.code("block.list", { user: bob })).toBe("forbidden");
    await runInDurableObject(userStub(bob), (_object, ctx) => {
      for (let n = 0; n < CHAT_LIMITS.chatBlocks - 2; n++) ctx.storage.sql.exec("INSERT INTO chat_block (user) VALUES (?)", `filler-${n}`);
    });
    expect(await b.code("block.add", { users: ["one-too-many"] })).toBe("limit_exceeded");
  });

  it("[CD19] is asked for no more by a device that was logged out", async () => {
    const { bob, a } = await pair();
    const b2 = await Chatter.login(bob, { device: "laptop" });
    b2.device.submit("session.logout", {});
    await b2.device.next("closed");
    await a.send(bob, "one");
    await a.device.settle();
    expect(await runInDurableObject(userStub(bob), (_object, ctx) => ctx.storage.sql.exec("SELECT device FROM chat_device").toArray())).toEqual([
      { device: "phone" },
    ]);
  });
});

describe("the database", () => {
  const rowsOf = async (a: string, b: string) => {
    const { number } = await runInDurableObject(
      conversationStub(a, b),
      (_object, ctx) => JSON.parse(String(ctx.storage.sql.exec("SELECT meta FROM conversation").one().meta)) as { number: number },
    );
    const { results } = await env.DB.prepare("SELECT seq, version, message FROM chat_messages WHERE app = ? AND number = ? ORDER BY seq")
      .bind(APP, number)
      .all<{ seq: number; version: number; message: string }>();
    return results.map(({ seq, version, message }) => ({ seq, version, ...(JSON.parse(message) as { message: MessageRecord }) }));
  };

  it("[CD16] gets each message as one row, and edits over it", async () => {
    const { ann, bob, a, stub, withBob } = await pair();
    for (const text of ["one", "two"]) await a.send(bob, text);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await rowsOf(ann, bob)).toMatchObject([
      { seq: 1, version: 1 },
      { seq: 2, version: 2 },
    ]);
    await a.ok("message.edit", { conversation: withBob, seq: 1, content: words("one, edited") });
    await a.ok("message.recall", { conversation: withBob, seq: 2 });
    await evictDurableObject(stub);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const rows = await rowsOf(ann, bob);
    expect(rows).toMatchObject([
      { seq: 1, version: 3, message: { content: words("one, edited") } },
      { seq: 2, version: 4, message: { recalled: { by: ann } } },
    ]);
    expect(JSON.stringify(rows)).not.toContain('"text":"two"');
    // Again from the start: nothing changes.
    await runInDurableObject(stub, (_object, ctx) => {
      const meta = JSON.parse(String(ctx.storage.sql.exec("SELECT meta FROM conversation").one().meta)) as object;
      ctx.storage.sql.exec("UPDATE conversation SET meta = ?", JSON.stringify({ ...meta, exported: 0 }));
    });
    await evictDurableObject(stub);
    await runInDurableObject(stub, (_object, ctx) => ctx.storage.setAlarm(Date.now()));
    await runDurableObjectAlarm(stub);
    expect(await rowsOf(ann, bob)).toEqual(rows);
  });

  it("[CD22] gives back what only it has", async () => {
    const { ann, bob, a, b, stub, withBob, withAnn } = await pair();
    for (let n = 1; n <= 8; n++) await a.send(bob, `m${n}`);
    await b.until(8);
    await b.ok("message.react", { conversation: withAnn, seq: 2, reaction: "👍", on: true });
    await b.ok("message.remove", { conversation: withAnn, seqs: [3] });
    await a.ok("message.pin", { conversation: withBob, seq: 4, on: true });
    await runDurableObjectAlarm(stub);
    // As if ten thousand more had come.
    await runInDurableObject(stub, (_object, ctx) => {
      const meta = JSON.parse(String(ctx.storage.sql.exec("SELECT meta FROM conversation").one().meta)) as object;
      ctx.storage.sql.exec("UPDATE conversation SET meta = ?", JSON.stringify({ ...meta, floor: 5 }));
      for (const table of ["message", "reaction"]) ctx.storage.sql.exec(`DELETE FROM ${table} WHERE seq <= 5 AND seq <> 4`);
    });
    await evictDurableObject(stub);
    const all = async (chatter: Chatter, conversation: object, query: object, way: "before" | "after"): Promise<MessageRecord[]> => {
      const found: MessageRecord[] = [];
      for (let next: object | undefined = query; next !== undefined; ) {
        const page = (await chatter.ok("message.history", { conversation, limit: 2, ...next })) as { records: MessageRecord[]; next?: number };
        found.push(...page.records);
        next = page.next === undefined ? undefined : { [way]: page.next };
      }
      return found;
    };
    expect((await all(a, withBob, {}, "before")).map(({ seq }) => seq)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    const rising = await all(b, withAnn, { after: 0 }, "after");
    expect(rising.map(({ seq }) => seq)).toEqual([1, 2, 4, 5, 6, 7, 8]);
    expect(rising[1]).toMatchObject({ content: words("m2"), reactions: [{ reaction: "👍", count: 1, users: [bob], mine: true }] });
    expect(await rowsOf(ann, bob)).toHaveLength(8);
  });

  it("[CV11] and conversations are cleared up to a moment, and all at once, for oneself", async () => {
    const { ann, bob, a, b, stub, withBob, withAnn } = await pair();
    for (const text of ["m1", "m2", "m3"]) await a.send(bob, text);
    await b.until(3);
    await runDurableObjectAlarm(stub);
    const shown = async (chatter: Chatter, conversation: object) =>
      textsOf(((await chatter.ok("message.history", { conversation })) as { records: MessageRecord[] }).records);
    // Each in a second of its own, and the first in the database alone.
    const times = [1_000, 2_000, 3_000];
    await runInDurableObject(stub, (_object, { storage: { sql } }) => {
      for (const [index, ts] of times.entries()) sql.exec("UPDATE message SET ts = ? WHERE seq = ?", ts, index + 1);
      sql.exec("UPDATE conversation SET meta = json_set(meta, '$.floor', 1)");
      sql.exec("DELETE FROM message WHERE seq = 1");
    });
    await env.DB.prepare("UPDATE chat_messages SET ts = 1000 WHERE app = ? AND seq = 1 AND sender = ?").bind(APP, ann).run();
    await evictDurableObject(stub);
    await b.ok("conversation.clear", { conversation: withAnn, until: 999 });
    expect(await shown(b, withAnn)).toEqual(["m3", "m2"]);
    const clear = async (until: number) => (await b.ok("conversation.clear", { conversation: withAnn, until })).version;
    expect([await clear(1_000), await clear(1_500), await clear(2_000)]).toEqual([4, undefined, 5]);
    expect([await shown(b, withAnn), await shown(a, withBob)]).toEqual([["m3"], ["m3", "m2"]]);
    expect(await b.code("conversation.clear", { conversation: withAnn, until: 1, seq: 1 })).toBe("bad_request");
    const cy = await Chatter.login(`cy-${ann}`);
    await b.send(`cy-${ann}`, "to cy");
    await cy.until(1);
    expect(await b.ok("conversation.clear-all", { list: true })).toEqual({ cleared: 2, failed: [] });
    expect([await shown(b, withAnn), await shown(b, { type: "single", id: `cy-${ann}` }), await shown(cy, { type: "single", id: bob })]).toEqual([
      [],
      [],
      ["to cy"],
    ]);
    expect((await b.ok("conversation.list", {})).entries).toMatchObject([{ removed: true }, { removed: true }]);
    expect(await a.code("conversation.clear-all", { user: bob })).toBe("forbidden");
  });

  it("[CD17] and the conversation keep messages as long as the app wants, and what is pinned", async () => {
    const n = ++count;
    const [ann, bob] = [`ann-${n}`, `bob-${n}`];
    const a = await Chatter.login(ann, { settings: { ...DEFAULT_SETTINGS, historyAgeMs: 3_600_000 } });
    const stub = conversationStub(ann, bob);
    for (const text of ["one", "two", "three"]) await a.send(bob, text);
    await a.ok("message.pin", { conversation: { type: "single", id: bob }, seq: 2, on: true });
    await runDurableObjectAlarm(stub);
    const head = 4;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_001 });
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const { records, upTo } = (await a.ok("message.history", { conversation: { type: "single", id: bob } })) as { records: MessageRecord[]; upTo: number };
    expect([textsOf(records), upTo]).toEqual([["two"], head]);
    expect(await rowsOf(ann, bob)).toEqual([]);
    await evictDurableObject(stub);
    expect(await a.send(bob, "four")).toMatchObject({ seq: head + 1 });
  });
});

describe("over REST", () => {
  const rest = (method: string, path: string, body?: object) =>
    exports.default.fetch(
      new Request(`https://wigwag.example/v1${path}`, {
        method,
        headers: { authorization: "Bearer wk_test-only-key", "x-wigwag-app": APP, ...(body && { "content-type": "application/json" }) },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );

  it("[CV27] a server brings in what was said elsewhere", async () => {
    const { ann, bob, a, b } = await pair();
    const path = `/conversations/single/${bob}/import`;
    const old = (from: string, n: number, more: object = {}) => ({ from, key: `old-${n}`, content: words(`old ${n}`), ts: 1_600_000_000_000 + n, ...more });
    const bring = (messages: object[]) => rest("POST", path, { user: ann, messages });
    const brought = await bring([old(ann, 1, { read: true }), old(bob, 2), old(ann, 3)]);
    expect([brought.status, await brought.json()]).toMatchObject([200, { messages: [{ seq: 1, id: expect.stringMatching(/^\d+$/) }, { seq: 2 }, { seq: 3 }] }]);
    expect(await (await bring([old(ann, 3), old(ann, 4)])).json()).toMatchObject({ messages: [{ seq: 3, duplicate: true }, { seq: 4 }] });
    expect((await b.until(4)).unread).toBe(2);
    expect((await a.until(4)).unread).toBe(1);
    const page = (await (await rest("GET", `/conversations/single/${bob}/messages?user=${ann}&to=1600000000004`)).json()) as { records: MessageRecord[] };
    expect(page.records.map(({ from, ts }) => [from, ts - 1_600_000_000_000])).toEqual([
      [ann, 3],
      [bob, 2],
      [ann, 1],
    ]);
    const refused = [await bring([old(ann, 5), old("stranger", 6)]), await bring([old(ann, 7, { ts: Date.now() + 60_000 })])];
    expect(refused.map(({ status }) => status)).toEqual([400, 400]);
    expect(await a.code("conversation.import", { conversation: { type: "single", id: bob }, messages: [old(ann, 8)] })).toBe("forbidden");
    expect(textsOf(((await a.ok("message.history", { conversation: { type: "single", id: bob } })) as { records: MessageRecord[] }).records)).toEqual([
      "old 4",
      "old 3",
      "old 2",
      "old 1",
    ]);
  });

  it("[CD18] a server acts in the name of a user", async () => {
    const { ann, bob, a, b } = await pair();
    const messages = `/conversations/single/${bob}/messages`;
    expect((await rest("POST", messages, { key: "k", content: words("hi") })).status).toBe(400);
    const sent = await rest("POST", messages, { user: ann, key: "k", content: words("hi") });
    expect([sent.status, await sent.json()]).toMatchObject([200, { seq: 1, id: expect.stringMatching(/^\d+$/) }]);
    expect((await b.until(1)).records).toMatchObject([{ from: ann, content: words("hi") }]);
    await a.until(1);
    const recalled = await rest("DELETE", `/conversations/single/${ann}/messages/1?user=${bob}`);
    expect([recalled.status, await recalled.json()]).toEqual([200, { version: 2 }]);
    expect((await a.until(2)).records).toMatchObject([{ seq: 1, recalled: { by: bob } }]);
    const page = (await (await rest("GET", `${messages}?user=${ann}&limit=5`)).json()) as { records: MessageRecord[] };
    expect(page.records).toMatchObject([{ seq: 1, version: 2 }]);
    expect(((await (await rest("GET", `/users/${bob}/conversations`)).json()) as { entries: object[] }).entries).toMatchObject([{ conversation: { id: ann } }]);
  });
});
