import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conversation, type Draft } from "../../../src/domain/conversation/conversation.ts";
import { Reading } from "../../../src/domain/conversation/reading.ts";
import type { Actor } from "../../../src/domain/conversation/rules.ts";
import { CHAT_LIMITS } from "../../../src/protocol/chat-limits.ts";
import { type Content, content, type MessageRecord } from "../../../src/protocol/messages/conversation.ts";
import { must } from "../../../src/util/assert.ts";
import { chatOfTwo } from "../../support/sqlite-conversation.ts";

const ann: Actor = { user: "ann", server: false };
const bob: Actor = { user: "bob", server: false };
const app: Actor = { user: "admin", server: true };
const text = (key: string, words = key): Draft => ({ key, content: { type: "text", text: words } });

/** A chat, and short words for what is done in it. */
function setUp(now?: () => number) {
  const { chat, store, sqlite } = chatOfTwo(now);
  const reading = (user: string) => new Reading(store, must(chat.member(user), "a member"));
  const sent = (from: string, draft: Draft): number => {
    const taken = chat.send(from, draft);
    if (!taken.ok) throw new Error(taken.error.message);
    return taken.value.seq;
  };
  const seen = (user: string, seq: number): MessageRecord | undefined => reading(user).record(must(store.message(seq), "a message"));
  return { chat, store, sqlite, reading, sent, seen };
}

const CONTENTS: Content[] = [
  { type: "text", text: "hi" },
  { type: "image", media: "m", width: 3, height: 4 },
  { type: "audio", media: "m", durationMs: 1_500 },
  { type: "video", media: "m", thumbnail: "t" },
  { type: "file", media: "m", name: "a.pdf", bytes: 12 },
  { type: "location", latitude: 31.2, longitude: 121.5, address: "外滩" },
  { type: "command", action: "refresh" },
  { type: "custom", event: "gift/rose", params: { n: "3" } },
  { type: "combined", media: "m", title: "t", summary: "s", count: 3, level: 1 },
];

describe("messages", () => {
  it("[CV1] of every type get the next number, and are the same for both", () => {
    const { sent, seen } = setUp();
    for (const [index, each] of CONTENTS.entries()) {
      expect(content.safeParse(each).success).toBe(true);
      const seq = sent(index % 2 === 0 ? "ann" : "bob", { key: `k${index}`, content: each, ext: { nested: { a: [1, null] } } });
      expect(seq).toBe(index + 1);
      expect(seen("ann", seq)).toMatchObject({ seq, version: seq, content: each, ext: { nested: { a: [1, null] } } });
      expect(seen("ann", seq)).toEqual(seen("bob", seq));
    }
  });

  it("[CV2] that are too large leave nothing", () => {
    const { chat, sent, seen } = setUp();
    const large = { text: "ü".repeat(CHAT_LIMITS.chatMessageBytes / 2) };
    expect(chat.send("ann", { key: "k", content: { type: "text", ...large } })).toMatchObject({ ok: false, error: { code: "too_large" } });
    expect(chat.head).toBe(0);
    const seq = sent("ann", { ...text("k"), ext: { a: "x".repeat(4_000) } });
    expect(chat.edit(ann, seq, { content: { type: "text", text: "y".repeat(2_000) } })).toMatchObject({ ok: false, error: { code: "too_large" } });
    expect(seen("bob", seq)?.version).toBe(seq);
  });

  it("[CV3] sent again under their key are there once", () => {
    const { chat, store, sent } = setUp();
    const seq = sent("ann", text("k"));
    expect(chat.send("ann", text("k", "other"))).toEqual({ ok: true, value: { seq, ts: 1_000, duplicate: true } });
    // Another sender's key is another one's.
    expect(sent("bob", text("k"))).toBe(2);
    for (let i = 0; i <= CHAT_LIMITS.chatKeysKnown; i++) sent("bob", text(`b${i}`));
    const later = new Conversation(store, () => 1_000);
    expect(later.send("ann", { ...text("k"), again: true })).toMatchObject({ value: { seq, duplicate: true } });
  });

  it("[CV4] are edited by their sender or a server, ten times", () => {
    const { chat, sent, seen } = setUp();
    const seq = sent("ann", text("k"));
    const words = (n: number) => ({ content: { type: "text" as const, text: `v${n}` } });
    expect(chat.edit(bob, seq, words(0))).toMatchObject({ error: { code: "forbidden" } });
    expect(chat.edit(ann, seq, { content: { type: "custom", event: "e" } })).toMatchObject({ error: { code: "bad_request" } });
    expect(chat.edit(ann, seq, {})).toMatchObject({ error: { code: "bad_request" } });
    expect(chat.edit(app, seq, words(1))).toMatchObject({ ok: true });
    for (let n = 2; n <= CHAT_LIMITS.chatEdits; n++) expect(chat.edit(ann, seq, words(n))).toMatchObject({ ok: true });
    expect(chat.edit(ann, seq, words(11))).toMatchObject({ error: { code: "limit_exceeded" } });
    expect(seen("bob", seq)).toMatchObject({ seq, from: "ann", content: { text: "v10" }, edited: { by: "ann", times: 10 } });
    const image = sent("ann", { key: "i", content: { type: "image", media: "m" } });
    expect(chat.edit(ann, image, { content: { type: "image", media: "n" } })).toMatchObject({ error: { code: "bad_request" } });
    expect(chat.edit(ann, image, { ext: { caption: "sea" } })).toMatchObject({ ok: true });
    expect(seen("bob", image)).toMatchObject({ content: { media: "m" }, ext: { caption: "sea" } });
    const command = sent("ann", { key: "c", content: { type: "command", action: "go" } });
    expect(chat.edit(ann, command, { ext: {} })).toMatchObject({ error: { code: "forbidden" } });
    expect(chat.edit(ann, 999, words(1))).toMatchObject({ error: { code: "not_found" } });
  });

  it("[CV5] edited by two at once have one outcome", () => {
    const { chat, sent, seen } = setUp();
    const seq = sent("ann", text("k"));
    const based = (version: number, words: string) => chat.edit(ann, seq, { content: { type: "text", text: words }, ifVersion: version });
    expect(based(seq, "first")).toMatchObject({ ok: true });
    expect(based(seq, "second")).toMatchObject({ error: { code: "conflict" } });
    expect(chat.edit(app, seq, { content: { type: "text", text: "third" } })).toMatchObject({ ok: true });
    expect(seen("ann", seq)).toMatchObject({ content: { text: "third" }, edited: { by: "admin", times: 2 } });
  });

  it("[CV6] are recalled within two minutes, by a server at any time, and leave nothing of what they said", () => {
    let now = 0;
    const { chat, store, sent, seen } = setUp(() => now);
    const seq = sent("ann", { ...text("k", "secret"), ext: { more: "secret" } });
    const late = sent("ann", text("l"));
    chat.react(bob, seq, "👍", true);
    chat.pin(bob, seq, true);
    now = CHAT_LIMITS.chatRecallMs;
    expect(chat.recall(bob, seq)).toMatchObject({ error: { code: "forbidden" } });
    expect(chat.recall(ann, seq)).toMatchObject({ ok: true });
    expect(seen("bob", seq)).toEqual({ seq, version: chat.head, from: "ann", ts: 0, key: "k", recalled: { by: "ann", at: now } });
    expect(JSON.stringify(store.message(seq))).not.toContain("secret");
    expect([store.reactions(seq), [...store.pins()]]).toEqual([[], []]);
    now += 1;
    expect(chat.recall(ann, late)).toMatchObject({ error: { code: "forbidden", limit: CHAT_LIMITS.chatRecallMs } });
    expect(chat.recall(app, late)).toMatchObject({ ok: true });
    const command = sent("ann", { key: "c", content: { type: "command", action: "go" } });
    expect(chat.recall(ann, command)).toMatchObject({ error: { code: "forbidden" } });
  });

  it("[CV7] once recalled stay recalled, whatever is said to them after", () => {
    const { chat, sent } = setUp();
    const seq = sent("ann", text("k"));
    chat.recall(ann, seq);
    const { head } = chat;
    for (const refused of [chat.edit(ann, seq, { ext: {} }), chat.react(bob, seq, "👍", true), chat.pin(bob, seq, true)]) {
      expect(refused).toMatchObject({ ok: false, error: { code: "gone" } });
    }
    expect(chat.recall(ann, seq)).toEqual({ ok: true, value: {} });
    expect(chat.head).toBe(head);
    // Its key is known: what comes late does not bring it back.
    expect(chat.send("ann", text("k"))).toMatchObject({ value: { seq, duplicate: true } });
  });

  it("[CV8] wear twenty distinct reactions, each user's once, the first users shown", () => {
    const { chat, sent, seen } = setUp();
    const seq = sent("ann", text("k"));
    expect(chat.react(bob, seq, "👍", true)).toMatchObject({ ok: true, value: { version: 2 } });
    expect(chat.react(bob, seq, "👍", true)).toEqual({ ok: true, value: {} });
    expect(chat.react(ann, seq, "❤", false)).toEqual({ ok: true, value: {} });
    for (const user of ["x", "y", "z"]) chat.react({ user, server: true }, seq, "👍", true);
    expect(seen("bob", seq)?.reactions).toEqual([{ reaction: "👍", count: 4, users: ["bob", "x", "y"], mine: true }]);
    expect(seen("ann", seq)?.reactions).toEqual([{ reaction: "👍", count: 4, users: ["bob", "x", "y"] }]);
    for (let n = 1; n < CHAT_LIMITS.chatReactions; n++) expect(chat.react(ann, seq, `r${n}`, true)).toMatchObject({ ok: true });
    expect(chat.react(bob, seq, "one more", true)).toMatchObject({ error: { code: "limit_exceeded", limit: CHAT_LIMITS.chatReactions } });
    expect(chat.react(bob, seq, "👍", false)).toMatchObject({ ok: true });
    expect(seen("bob", seq)?.reactions?.[0]).toEqual({ reaction: "👍", count: 3, users: ["x", "y", "z"] });
  });

  it("[CV10] are pinned by anybody, twenty of them", () => {
    const { chat, sent, seen } = setUp();
    const seqs = Array.from({ length: CHAT_LIMITS.chatPins + 1 }, (_, n) => sent("ann", text(`k${n}`)));
    for (const seq of seqs.slice(1)) expect(chat.pin(bob, seq, true)).toMatchObject({ ok: true });
    expect(chat.pin(ann, 1, true)).toMatchObject({ error: { code: "limit_exceeded", limit: CHAT_LIMITS.chatPins } });
    expect(chat.pin(ann, 2, true)).toMatchObject({ ok: true });
    expect(seen("bob", 2)?.pinned).toEqual({ by: "ann", at: 1_000 });
    expect(chat.pin(ann, 2, false)).toMatchObject({ ok: true });
    expect(chat.pin(ann, 2, false)).toEqual({ ok: true, value: {} });
    expect(seen("bob", 2)?.pinned).toBeUndefined();
  });

  it("[CV11] removed for oneself are gone for oneself", () => {
    const { chat, reading, sent, seen } = setUp();
    for (const key of ["a", "b", "c", "d"]) sent("ann", text(key));
    chat.remove("bob", [2, 2, 99]);
    expect(seen("bob", 2)).toEqual({ seq: 2, version: 5, from: "ann", ts: 1_000, key: "b", removed: true });
    expect(reading("bob").since(4, chat.head).records).toEqual([seen("bob", 2)]);
    expect(reading("ann").since(4, chat.head)).toEqual({ after: 4, upTo: 5, records: [] });
    chat.clear("bob", 3);
    expect(
      reading("bob")
        .history({})
        .records.map(({ seq }) => seq),
    ).toEqual([4]);
    expect(
      reading("ann")
        .history({})
        .records.map(({ seq }) => seq),
    ).toEqual([4, 3, 2, 1]);
    expect(chat.edit({ ...bob }, 1, { ext: {} })).toMatchObject({ error: { code: "not_found" } });
  });

  it("[CV12] are read up to a mark that never goes back", () => {
    const { chat, sent } = setUp();
    for (const key of ["a", "b", "c"]) sent("ann", text(key));
    expect(chat.read("bob", 2)).toMatchObject({ ok: true, value: { version: 4 } });
    expect(chat.read("bob", 1)).toEqual({ ok: true, value: {} });
    expect(chat.read("bob", 1_000)).toMatchObject({ ok: true });
    chat.keepDelivered(new Map([["ann", 2]]));
    expect(chat.receipts()).toEqual([
      { user: "ann", delivered: 2, read: 0 },
      { user: "bob", delivered: 3, read: 3 },
    ]);
  });

  it("[CV13] count as unread while they are there for the reader", () => {
    const { chat, sent } = setUp();
    for (const key of ["a", "b", "c", "d"]) sent("ann", text(key));
    sent("ann", { key: "e", content: { type: "command", action: "go" } });
    sent("bob", text("own"));
    expect([chat.unread("bob").count, chat.unread("ann").count]).toEqual([4, 1]);
    chat.recall(ann, 2);
    chat.remove("bob", [3]);
    expect(chat.unread("bob").count).toBe(2);
    chat.read("bob", 1);
    expect(chat.unread("bob").count).toBe(1);
    chat.clear("bob", chat.head);
    expect(chat.unread("bob").count).toBe(0);
  });

  it("[CV18] for named receivers are for them alone", () => {
    const { chat, reading, sent, seen } = setUp();
    const seq = sent("ann", { ...text("k"), receivers: ["carol", "carol"] });
    expect(seen("ann", seq)?.receivers).toEqual(["carol"]);
    expect(seen("bob", seq)).toBeUndefined();
    expect(reading("bob").since(0, chat.head)).toEqual({ after: 0, upTo: 1, records: [] });
    expect(chat.unread("bob").count).toBe(0);
    expect(chat.react(bob, seq, "👍", true)).toMatchObject({ error: { code: "not_found" } });
  });

  it("[CV19] are as they were after a start, and no number is given twice", () => {
    const { chat, store, sent } = setUp();
    sent("ann", text("k"));
    chat.react(bob, 1, "👍", true);
    chat.read("bob", 1);
    const { head } = chat;
    const again = new Conversation(store, () => 1_000);
    expect([again.head, again.members, again.meta]).toEqual([head, chat.members, chat.meta]);
    expect(again.send("bob", text("x"))).toMatchObject({ value: { seq: head + 1 } });
    // Also where the rows that held the highest numbers are gone.
    again.saveMeta({ ...again.meta, head: again.head });
    store.dropMessages(again.head, 100, true);
    store.dropChanges(again.head);
    expect(new Conversation(store, () => 1_000).head).toBe(head + 1);
  });

  it("[CV20] cost one row, a change two, a read mark one", () => {
    const { chat, sqlite, sent } = setUp();
    const cost = (work: () => unknown): number => {
      const before = sqlite.rows;
      work();
      return sqlite.rows - before;
    };
    expect(cost(() => sent("ann", text("k")))).toBe(1);
    expect(cost(() => chat.edit(ann, 1, { ext: {} }))).toBe(2);
    // The reaction itself is a third.
    expect(cost(() => chat.react(bob, 1, "👍", true))).toBe(3);
    expect(cost(() => chat.pin(bob, 1, true))).toBe(3);
    expect(cost(() => chat.read("bob", 1))).toBe(1);
    expect(cost(() => chat.send("ann", text("k")))).toBe(0);
  });
});

describe("reading", () => {
  it("[CV25] mention some, or all, until they are read", () => {
    const { chat, sent, seen } = setUp();
    sent("ann", text("a"));
    const one = sent("ann", { ...text("b"), mentions: ["bob"] });
    const other = sent("ann", { ...text("c"), mentions: ["all"] });
    const all = sent("ann", { ...text("d"), mentions: "all" });
    expect(seen("bob", one)?.mentions).toEqual(["bob"]);
    expect([chat.unread("bob"), chat.unread("ann")]).toEqual([{ count: 4, mentioned: all }, { count: 0 }]);
    chat.recall(ann, all);
    expect(chat.unread("bob")).toEqual({ count: 3, mentioned: one });
    chat.edit(ann, one, { content: { type: "text", text: "still" } });
    expect(chat.unread("bob").mentioned).toBe(one);
    chat.remove("bob", [one]);
    expect(chat.unread("bob")).toEqual({ count: 2 });
    sent("ann", { ...text("e"), mentions: ["bob"] });
    chat.read("bob", other);
    expect(chat.unread("bob").mentioned).toBeDefined();
    chat.read("bob", chat.head);
    expect(chat.unread("bob")).toEqual({ count: 0 });
  });

  it("[CV26] are recalled and edited as long as the app says, and as large as it says", () => {
    let now = 1_000;
    const { chat, sent } = setUp(() => now);
    const codeOf = (outcome: { readonly ok: boolean; readonly error?: { readonly code: string } }) => (outcome.ok ? "ok" : outcome.error?.code);
    const edit = (actor: Actor) => codeOf(chat.edit(actor, 1, { content: { type: "text", text: `at ${now}` } }));
    chat.rules = { recallMs: 10_000, editMs: 5_000, messageBytes: 300 };
    sent("ann", text("a"));
    now += 5_000;
    expect(edit(ann)).toBe("ok");
    now += 1;
    expect([edit(ann), edit(app)]).toEqual(["forbidden", "ok"]);
    expect(chat.send("ann", text("large", "x".repeat(300)))).toMatchObject({ error: { code: "too_large", limit: 300 } });
    chat.rules = { recallMs: 0, editMs: 0, messageBytes: 60_000 };
    sent("ann", text("b", "x".repeat(50_000)));
    expect([codeOf(chat.recall(ann, 1)), edit(ann)]).toEqual(["forbidden", "forbidden"]);
    expect(codeOf(chat.recall(app, 1))).toBe("ok");
  });

  it("[CV14] what came after a place brings each message once, and of older ones what has changed", () => {
    const { chat, reading, sent } = setUp();
    sent("ann", text("a"));
    sent("ann", text("b"));
    chat.react(bob, 1, "👍", true);
    chat.react(bob, 1, "❤", true);
    chat.edit(ann, 2, { content: { type: "text", text: "b2" } });
    sent("bob", text("c"));
    chat.react(ann, 6, "👍", true);
    const batch = reading("bob").since(2, chat.head);
    expect(batch).toMatchObject({ after: 2, upTo: 7 });
    expect(batch.records.map(({ seq, version, face, content: said }) => [seq, version, face, said])).toEqual([
      [1, 4, true, undefined],
      [2, 5, undefined, { type: "text", text: "b2" }],
      [6, 7, undefined, { type: "text", text: "c" }],
    ]);
  });

  it("[CV17] history goes both ways, filtered", () => {
    let now = 0;
    const { reading, sent } = setUp(() => now);
    for (let n = 1; n <= 30; n++) {
      now = n;
      sent(n % 3 === 0 ? "bob" : "ann", n % 5 === 0 ? { key: `k${n}`, content: { type: "image", media: "m" } } : text(`k${n}`));
    }
    const seqs = (query: Parameters<Reading["history"]>[0]) =>
      reading("ann")
        .history(query)
        .records.map(({ seq }) => seq);
    expect(seqs({ limit: 3 })).toEqual([30, 29, 28]);
    expect(reading("ann").history({ limit: 3 }).next).toBe(28);
    expect(seqs({ before: 4 })).toEqual([3, 2, 1]);
    expect(reading("ann").history({ before: 4 }).next).toBeUndefined();
    expect(seqs({ after: 27 })).toEqual([28, 29, 30]);
    expect(seqs({ types: ["image"], senders: ["bob"] })).toEqual([30, 15]);
    expect(seqs({ from: 10, to: 12 })).toEqual([11, 10]);
  });

  it("[CV15] in pages, at any moments, ends with what stands at the end", () => {
    const step = fc.record({
      what: fc.constantFrom("send", "edit", "recall", "react", "unreact", "pin", "remove", "clear", "read", "start", "grow", "end"),
      by: fc.constantFrom("ann", "bob"),
      pick: fc.nat(),
      ask: fc.boolean(),
      stale: fc.nat(),
    });
    void fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { chat, store, reading, sent } = setUp();
        const known = { ann: new Map<number, MessageRecord>(), bob: new Map<number, MessageRecord>() };
        const at = { ann: 0, bob: 0 };
        const earlier: { user: "ann" | "bob"; records: MessageRecord[] }[] = [];
        const apply = (user: "ann" | "bob", records: readonly MessageRecord[]): void => {
          for (const record of records) {
            const had = known[user].get(record.seq);
            if (had !== undefined && had.version >= record.version) continue;
            if ((record.face || record.grows) && had === undefined) throw new Error(`${record.seq} without content`);
            const { face, grows, ...rest } = record;
            const { content: said, ext, edited, silent, receivers, growing, cut } = had ?? {};
            const before = said?.type === "text" ? said.text : "";
            const kept = {
              ...(said && { content: grows === undefined ? said : { type: "text" as const, text: `${before.slice(0, grows.at)}${grows.text}` } }),
              ...(face && { ...(growing && { growing }), ...(cut && { cut }) }),
              ...(ext && { ext }),
              ...(edited && { edited }),
              ...(silent && { silent }),
              ...(receivers && { receivers }),
            };
            known[user].set(record.seq, face || grows ? { ...kept, ...rest } : rest);
          }
        };
        const ask = (user: "ann" | "bob"): void => {
          const batch = reading(user).since(at[user], chat.head);
          apply(user, batch.records);
          // A face speaks to who stands where it was asked from, so it is not kept for later.
          earlier.push({ user, records: batch.records.filter(({ face, grows }) => face === undefined && grows === undefined) });
          expect(batch.upTo).toBeGreaterThanOrEqual(at[user]);
          at[user] = batch.upTo;
        };
        for (const { what, by, pick, ask: asks, stale } of steps) {
          const newest = store.before(Number.MAX_SAFE_INTEGER, 1_000).map(({ seq }) => seq);
          const seq = newest[pick % Math.max(1, newest.length)] ?? 0;
          const actor = { user: by, server: false };
          if (what === "send") sent(by, text(`k${chat.head}`));
          else if (what === "start") chat.send(by, { ...text(`k${chat.head}`), growing: true });
          else if (what === "grow") chat.grow(store.growing()[pick % 3] ?? seq, `+${chat.head}`, pick % 5 === 0);
          else if (what === "end") chat.endGrowth(store.growing()[pick % 3] ?? seq, pick % 2 === 0);
          else if (what === "edit") chat.edit(actor, seq, { content: { type: "text", text: `e${chat.head}` } });
          else if (what === "recall") chat.recall(actor, seq);
          else if (what === "react" || what === "unreact") chat.react(actor, seq, `r${pick % 3}`, what === "react");
          else if (what === "pin") chat.pin(actor, seq, pick % 2 === 0);
          else if (what === "remove") chat.remove(by, [seq]);
          else if (what === "clear" && pick % 4 === 0) chat.clear(by, seq);
          else chat.read(by, seq);
          if (asks) ask(by);
          const again = earlier[stale % Math.max(1, earlier.length)];
          if (again !== undefined) apply(again.user, again.records);
        }
        for (const user of ["ann", "bob"] as const) {
          while (at[user] < chat.head) ask(user);
          const { cleared } = must(chat.member(user), "a member");
          const truth = store.before(Number.MAX_SAFE_INTEGER, 1_000).flatMap((message) => reading(user).record(message) ?? []);
          const has = [...known[user].values()].filter(({ seq }) => seq > cleared).sort((a, b) => b.seq - a.seq);
          expect(has).toEqual(truth);
        }
      }),
      { numRuns: 200 },
    );
  });
});
