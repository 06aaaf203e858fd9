import { describe, expect, it } from "vitest";
import { Conversation } from "../../../src/domain/conversation/conversation.ts";
import { Growing } from "../../../src/domain/conversation/growing.ts";
import { Reading } from "../../../src/domain/conversation/reading.ts";
import { CHAT_LIMITS } from "../../../src/protocol/chat-limits.ts";
import { must } from "../../../src/util/assert.ts";
import { SqliteConversation } from "../../support/sqlite-conversation.ts";

const ann = { user: "ann", server: false };
const bob = { user: "bob", server: false };
const app = { user: "admin", server: true };
const codes = async (...appended: Promise<{ ok: boolean; error?: { code: string } }>[]) => (await Promise.all(appended)).map((one) => one.error?.code);

/** A chat in which ann has begun to write, and a clock whose timers ring when it is told to go on. */
function setUp() {
  const sqlite = new SqliteConversation();
  let now = 1_000;
  let timers: { at: number; run: () => void }[] = [];
  const alarms: number[] = [];
  const told: number[] = [];
  const start = () => {
    const store = sqlite.store();
    const chat = new Conversation(store, () => now);
    const growing = new Growing({
      ...{ store, conversation: chat, flushMs: 250, pauseMs: 30_000, lifeMs: 1_800_000 },
      now: () => now,
      later: (ms, run) => void timers.push({ at: now + ms, run }),
      wakeBy: (at) => void alarms.push(at),
      changed: () => void told.push(chat.head),
    });
    const reading = () => new Reading(store, must(chat.member("bob"), "a member"));
    return { chat, growing, store, reading, seen: (seq: number) => reading().record(must(store.message(seq), "a message")) };
  };
  const pass = (ms: number): void => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { run } of due) run();
  };
  const first = start();
  first.chat.begin(7, ["ann", "bob"]);
  first.chat.send("ann", { key: "k", content: { type: "text", text: "Once" }, growing: true });
  return { ...first, sqlite, start, pass, alarms, told };
}

describe("a text that grows", () => {
  it("[CV21] takes what comes where it belongs, once", async () => {
    const { growing, seen } = setUp();
    expect(await growing.append(ann, 1, { at: 4, text: " upon" })).toEqual({ ok: true, value: { length: 9, version: 2 } });
    expect(seen(1)).toMatchObject({ version: 2, content: { text: "Once upon" }, growing: true });
    expect(await growing.append(ann, 1, { at: 4, text: " upon" })).toMatchObject({ ok: true, value: { length: 9 } });
    expect(await growing.append(app, 1, { at: 6, text: "pon a", end: true })).toMatchObject({ ok: true, value: { length: 11 } });
    expect(seen(1)).toMatchObject({ content: { text: "Once upon a" } });
    expect(seen(1)?.growing).toBeUndefined();
    expect(await growing.append(ann, 1, { at: 4, text: " upon a" })).toMatchObject({ ok: true, value: { length: 11 } });
    const refused = codes(
      growing.append(bob, 1, { at: 11, text: "x" }),
      growing.append(ann, 1, { at: 12, text: "x" }),
      growing.append(ann, 1, { at: 4, text: " uphill" }),
      growing.append(ann, 1, { at: 11, text: " time" }),
      growing.append(ann, 9, { at: 0, text: "x" }),
    );
    expect(await refused).toEqual(["forbidden", "out_of_turn", "conflict", "gone", "not_found"]);
  });

  it("[CV21] is not gone on with where it was sent whole, and only texts grow", async () => {
    const { chat, growing } = setUp();
    chat.send("ann", { key: "whole", content: { type: "text", text: "whole" } });
    expect(await codes(growing.append(ann, 2, { at: 5, text: "x" }))).toEqual(["forbidden"]);
    expect(chat.send("ann", { key: "c", content: { type: "custom", event: "e" }, growing: true })).toMatchObject({ error: { code: "bad_request" } });
    for (let n = 1; n < CHAT_LIMITS.chatGrowing; n++) chat.send("ann", { key: `g${n}`, content: { type: "text", text: "" }, growing: true });
    expect(chat.send("ann", { key: "more", content: { type: "text", text: "" }, growing: true })).toMatchObject({ error: { code: "limit_exceeded" } });
    expect(chat.edit(ann, 1, { content: { type: "text", text: "x" } })).toMatchObject({ error: { code: "conflict" } });
  });

  it("[CV22] costs one row for all that comes within a quarter of a second, and is answered when it is stored", async () => {
    const { growing, sqlite, pass, told, seen } = setUp();
    await growing.append(ann, 1, { at: 4, text: "0" });
    const before = sqlite.rows;
    let answered = 0;
    const all = Array.from({ length: 20 }, async (_, n) => {
      await growing.append(ann, 1, { at: 5 + n, text: "x" });
      answered += 1;
    });
    await Promise.resolve();
    expect([answered, sqlite.rows - before, seen(1)?.content]).toEqual([0, 0, { type: "text", text: "Once0" }]);
    pass(250);
    await Promise.all(all);
    expect([answered, sqlite.rows - before, told.length]).toEqual([20, 1, 2]);
    const rows = sqlite.rows;
    for (let n = 0; n < 128; n++) {
      const appended = growing.append(ann, 1, { at: 25 + n, text: "y" });
      pass(250);
      await appended;
    }
    expect(sqlite.rows - rows).toBe(130);
    expect(seen(1)?.content).toEqual({ type: "text", text: `Once0${"x".repeat(20)}${"y".repeat(128)}` });
  });

  it("[CV23] is told bit by bit, whole to who was away, and there after a start as far as it was answered", async () => {
    const { chat, growing, reading, start, pass } = setUp();
    await growing.append(ann, 1, { at: 4, text: " upon" });
    expect(reading().since(1, chat.head).records).toMatchObject([{ seq: 1, version: 2, growing: true, grows: { at: 4, text: " upon" } }]);
    const lost = growing.append(ann, 1, { at: 9, text: " never stored" });
    pass(0);
    const again = start();
    expect(again.reading().since(0, again.chat.head).records).toMatchObject([{ content: { text: "Once upon" }, growing: true }]);
    expect(await again.growing.append(ann, 1, { at: 9, text: " a", end: true })).toMatchObject({ value: { length: 11 } });
    expect(again.reading().since(2, again.chat.head).records).toMatchObject([{ grows: { at: 9, text: " a" } }]);
    expect(again.reading().since(2, again.chat.head).records[0]?.growing).toBeUndefined();
    expect(again.reading().since(3, again.chat.head).records).toMatchObject([{ grows: { at: 11, text: "" } }]);
    void lost;
  });

  it("[CV24] ends when nobody goes on with it, when it is too long, or recalled", async () => {
    const { chat, growing, seen, pass, alarms, store, start } = setUp();
    await growing.append(ann, 1, { at: 4, text: "!" });
    expect(alarms.at(-1)).toBe(31_000);
    chat.react(bob, 1, "+1", true);
    pass(29_999);
    growing.due();
    expect(seen(1)?.growing).toBe(true);
    pass(1);
    growing.due();
    expect(seen(1)).toMatchObject({ cut: true, content: { text: "Once!" } });
    expect(await codes(growing.append(ann, 1, { at: 5, text: "x" }))).toEqual(["gone"]);
    const grow = (key: string): number => {
      const sent = chat.send("ann", { key, content: { type: "text", text: "" }, growing: true });
      return sent.ok ? sent.value.seq : 0;
    };
    const large = grow("large");
    for (let at = 0; at < CHAT_LIMITS.chatGrownBytes; at += 4_096) {
      const appended = growing.append(ann, large, { at, text: "x".repeat(4_096) });
      pass(250);
      await appended;
    }
    expect(await codes(growing.append(ann, large, { at: CHAT_LIMITS.chatGrownBytes, text: "x" }))).toEqual(["too_large"]);
    expect((await growing.append(ann, large, { at: CHAT_LIMITS.chatGrownBytes, text: "", end: true })).ok).toBe(true);
    expect(chat.edit(ann, large, { ext: { a: 1 } })).toMatchObject({ ok: true });
    const slow = grow("slow");
    pass(1_800_000);
    expect(await codes(growing.append(ann, slow, { at: 0, text: "x" }))).toEqual(["gone"]);
    const recalled = grow("recalled");
    await growing.append(ann, recalled, { at: 0, text: "secret" });
    chat.recall(ann, recalled);
    expect(await codes(growing.append(ann, recalled, { at: 6, text: "x" }))).toEqual(["gone"]);
    expect([store.pieces(recalled, 0), store.growing(), start().store.growing()]).toEqual([[], [], []]);
  });
});
