import { describe, expect, it } from "vitest";
import type { ChatEntries } from "../../../src/domain/conversation/entries.ts";
import { type ChatMarks, type Report, UserChats } from "../../../src/domain/conversation/user-chats.ts";
import { refKey } from "../../../src/protocol/conversation-name.ts";
import type { ConversationEntry, MessageRecord, News } from "../../../src/protocol/messages/conversation.ts";

const BOB = { type: "single" as const, id: "bob" };
const KEY = refKey(BOB);
const record = (seq: number, from: string): MessageRecord => ({ seq, version: seq, from, ts: 1, key: `k${seq}`, content: { type: "text", text: "" } });
const news = (after: number, upTo: number, from = "bob"): News => ({
  conversation: BOB,
  number: 1,
  after,
  upTo,
  records: upTo > after ? [record(upTo, from)] : [],
  receipts: [],
  cleared: 0,
  unread: 0,
});

/** Ann's side, with a phone and a laptop that use chat. */
function setUp(...there: string[]) {
  const connected = new Set(there);
  const marks = new Set<string>();
  const entries = new Map<string, ConversationEntry>();
  const pushed: [device: string, upTo: number][] = [];
  const reports: Report[] = [];
  const store: ChatMarks & ChatEntries = {
    devices: () => ["phone", "laptop"],
    addDevice: () => {},
    dropDevice: () => {},
    of: () => marks,
    has: (device, key) => marks.has(`${device} ${key}`),
    add: (device, key) => void marks.add(`${device} ${key}`),
    all: () => [...entries.values()],
    get: (key) => entries.get(key),
    put: (entry) => void entries.set(refKey(entry.conversation), entry),
    revision: () => 0,
    drop: (device: string, key?: string) => void marks.delete(`${device} ${key}`),
  };
  const start = () =>
    new UserChats({
      user: "ann",
      marks: store,
      entries: store,
      ackMs: 3_000,
      now: () => 0,
      connected: () => connected,
      push: (devices, { upTo }) => void pushed.push(...devices.map((device): [string, number] => [device, upTo])),
      listed: () => {},
      report: async (_ref, report) => void reports.push(report),
      background: () => {},
      arm: () => {},
    });
  return { start, connected, marks, pushed, reports };
}

describe("a user's side of its conversations", () => {
  it("[CD6] does not say that all devices have what one of them has asked for", async () => {
    const { start, reports } = setUp("phone", "laptop");
    const chats = start();
    chats.hear(news(0, 1));
    for (const device of ["phone", "laptop"]) chats.received(device, BOB, 1);
    // The answer with 2 got lost; the laptop has found out by itself.
    chats.handed("laptop", KEY, 2, false);
    chats.received("laptop", BOB, 2);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(Math.max(...reports.map(({ settled }) => settled))).toBe(1);
  });

  it("[CD9] reports what a device has caught up with after an absence, also where it slept meanwhile", () => {
    const { start, reports, connected, marks } = setUp();
    expect(start().hear(news(0, 1))).toMatchObject({ there: false, settled: 1, delivered: 0 });
    expect([...marks]).toEqual([`phone ${KEY}`, `laptop ${KEY}`]);
    const next = start();
    connected.add("phone");
    next.handed("phone", KEY, 1, false);
    next.received("phone", BOB, 1);
    expect([...marks]).toEqual([`laptop ${KEY}`]);
    expect(reports.at(-1)).toMatchObject({ delivered: 1 });
  });

  it("[CD1] lets nothing overtake what comes before it", async () => {
    const { start, pushed } = setUp("phone");
    const chats = start();
    chats.hear(news(0, 1));
    await chats.asks(BOB, async () => {
      // Of another, after ours, but told before our answer is here.
      chats.hear(news(2, 3));
      return { news: news(1, 2, "ann") };
    });
    expect(pushed.map(([, upTo]) => upTo)).toEqual([1, 2, 3]);
  });

  it("[CD4] notes for a device what it has not acknowledged in time, or when its socket goes", () => {
    const { start, marks } = setUp("phone", "laptop");
    const chats = start();
    chats.hear(news(0, 1));
    chats.lost("phone");
    expect([...marks]).toEqual([`phone ${KEY}`]);
    chats.late(2_999);
    expect(marks.size).toBe(1);
    chats.late(3_000);
    expect([...marks]).toEqual([`phone ${KEY}`, `laptop ${KEY}`]);
    // It was only slow.
    chats.received("laptop", BOB, 1);
    expect([...marks]).toEqual([`phone ${KEY}`]);
  });
});
