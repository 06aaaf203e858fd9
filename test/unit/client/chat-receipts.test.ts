import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ChatConversation, groupsOf, MemoryStore, type MessageRecord, type OwnChats, openChat, receiptCountsOf } from "../../../src/client/chat/index.ts";
import { must } from "../../../src/util/assert.ts";
import { FakeGroups } from "../../support/fake-groups.ts";

const ref = { type: "group", id: "birds" } as const;
let service: FakeGroups;
let store: MemoryStore;
let chats: OwnChats;
let handle: ChatConversation;
/** How many of two have read each message, and have it. */
let read: Record<number, number>;
let delivered: Record<number, number>;
const stop: (() => void)[] = [];

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const asked = () => service.calls("message.receipt-counts").map((input) => (input as { seqs: number[] }).seqs);
const said = (from: string, count: number, after: number, rest: object = {}) => ({
  name: "conversation.news",
  conversation: ref,
  number: 1,
  after,
  upTo: after + count,
  records: Array.from({ length: count }, (_, n) => ({
    seq: after + n + 1,
    version: after + n + 1,
    from,
    ts: 1,
    key: `k${after + n}`,
    content: { type: "text", text: "x" },
    ...rest,
  })),
  receipts: [],
  cleared: 0,
  unread: 0,
});
const messages = () => handle.messages();
const message = async (seq: number): Promise<MessageRecord> => must(await handle.message(seq), "a message");
const watch = (what: readonly MessageRecord[]) => {
  const end = receiptCountsOf(chats).watch(ref, what);
  stop.push(end);
  return end;
};

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
  service = new FakeGroups();
  store = new MemoryStore();
  [read, delivered] = [{}, {}];
  service.answers["message.receipt-counts"] = ({ seqs }) => ({
    counts: (seqs as number[]).map((seq) => ({ seq, of: 2, delivered: delivered[seq] ?? 0, read: read[seq] ?? 0 })),
  });
  chats = await openChat(service.client(), { store });
  handle = chats.conversation(ref);
});
afterEach(() => {
  for (const end of stop.splice(0)) end();
  chats.close();
  vi.useRealTimers();
});

describe("who has one's messages in a group", () => {
  it("[CT64] is asked while somebody looks, in one call, and more and more seldom; something that happens makes it sooner", async () => {
    service.say("notice", said("bob", 2, 0));
    await pass(0);
    const told: unknown[] = [];
    chats.on("receipts", ({ conversation }) => told.push(conversation));
    expect([handle.receiptOf(await message(1)), handle.countsOf(await message(1))]).toEqual(["sent", undefined]);
    const end = watch(await messages());
    watch([await message(2)]);
    await pass(1_000);
    expect([asked(), told]).toEqual([[[2, 1]], [ref]]);
    expect([handle.receiptOf(await message(1)), handle.countsOf(await message(1))]).toEqual(["sent", { of: 2, delivered: 0, read: 0 }]);
    // Nothing changes: 3 s after, then 6, 12, 24 and so on, and at last every five minutes.
    await pass(60_000);
    expect(asked().length).toBeLessThanOrEqual(6);
    await pass(30 * 60_000);
    const [before, heard] = [asked().length, told.length];
    await pass(10 * 60_000);
    expect([asked().length - before, told.length]).toEqual([2, heard]);
    delivered = { 1: 2, 2: 1 };
    read = { 1: 1 };
    service.tells([{ kind: "typing", from: "ann", on: true }]);
    await pass(3_500);
    expect([handle.receiptOf(await message(1)), handle.countsOf(await message(1)), told.length]).toEqual([
      "delivered",
      { of: 2, delivered: 2, read: 1 },
      heard + 1,
    ]);
    end();
    read = { 1: 2, 2: 1 };
    await pass(10_000);
    expect(handle.countsOf(await message(2))).toMatchObject({ read: 1 });
    for (const one of stop) one();
    await pass(0);
    const atLast = asked().length;
    await pass(60 * 60_000);
    expect(asked()).toHaveLength(atLast);
  });

  it("[CT64] who has read a message has read those before: no more is asked of these, also offline and after a restart", async () => {
    service.say("notice", said("bob", 3, 0));
    service.say("notice", said("bob", 1, 3, { receivers: ["cho"] }));
    await pass(0);
    watch(await messages());
    delivered = { 4: 2, 3: 2, 2: 2 };
    read = { 4: 2, 2: 2 };
    await pass(1_000);
    // The fourth was for some alone, and says nothing of the third.
    expect(await Promise.all([1, 2, 3, 4].map(async (seq) => handle.receiptOf(await message(seq))))).toEqual(["read", "read", "delivered", "read"]);
    await pass(3_500);
    expect(asked()).toEqual([[4, 3, 2, 1], [3]]);
    const offline = await openChat("bob", { store });
    const counts = receiptCountsOf(offline);
    expect([1, 2, 3, 4].map((seq) => counts.reached(ref, seq))).toEqual(["read", "read", "delivered", "sent"]);
    offline.close();
  });

  it("[CT64] is asked of the thirty newest at most, of nobody else's, and waits for a connection", async () => {
    service.say("notice", said("bob", 40, 0));
    service.say("notice", said("ann", 1, 40));
    await pass(0);
    service.turn("reconnecting");
    watch(await handle.messages({ limit: 50 }));
    watch([await message(41)]);
    await pass(60_000);
    expect(asked()).toEqual([]);
    service.turn("connected");
    await pass(1_000);
    expect(asked()).toEqual([Array.from({ length: 30 }, (_, n) => 40 - n)]);
  });

  it("[CT63] a message asks for confirmations, readers give them, and its sender hears of each", async () => {
    service.answers["message.send"] = () => ({ seq: 1, ts: 1, id: "1" });
    service.answers["message.confirm"] = () => ({ count: 2 });
    service.answers["message.confirmations"] = () => ({ count: 1, users: [{ user: "cho", at: 1 }] });
    service.turn("reconnecting");
    const sending = handle.send("Who comes?", { confirm: true });
    expect([sending.state, sending.options]).toEqual(["waiting", { confirm: true }]);
    service.turn("connected");
    await pass(1_000);
    expect(service.calls("message.send")).toMatchObject([{ conversation: ref, confirm: true }]);
    const told: unknown[] = [];
    chats.on("confirmed", (confirmed) => told.push(confirmed));
    service.tells([{ kind: "confirmed", from: "cho", seq: 1, count: 1, content: "I do" }]);
    service.tells([{ kind: "confirmed", from: "ann", seq: 1, count: 2 }]);
    expect(told).toEqual([
      { conversation: ref, user: "cho", seq: 1, count: 1, content: "I do" },
      { conversation: ref, user: "ann", seq: 1, count: 2 },
    ]);
    expect([await handle.confirm(7, "seen"), await handle.confirm(8)]).toEqual([2, 2]);
    expect(await handle.confirmations(1, { after: "bob", limit: 5 })).toMatchObject({ count: 1 });
    expect(service.calls("message.confirm")).toEqual([
      { conversation: ref, seq: 7, content: "seen" },
      { conversation: ref, seq: 8 },
    ]);
    expect(groupsOf(chats).ref("birds")).toEqual(ref);
  });
});
