import { describe, expect, it } from "vitest";
import type { Sheet } from "../../../src/domain/channel/event-frame.ts";
import type { Subscriber } from "../../../src/domain/channel/ports.ts";
import { Readers } from "../../../src/domain/channel/readers.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { ChannelHarness, type Reader } from "../../support/memory-channel.ts";

const subscriber = (user: string, via: Subscriber["via"]): Subscriber => ({
  user,
  device: "d",
  generation: 1,
  write: true,
  via,
  send: () => undefined,
  close: () => undefined,
  expiresAt: () => undefined,
});

const plainSheet = (seq: number, bytes: number): Sheet => ({
  stream: "channel:message:lobby",
  epoch: "0000000000000001",
  after: seq,
  upTo: seq + 1,
  frame: "x".repeat(bytes),
  brief: () => "",
  notices: [],
  skipped: 0,
  conflatable: false,
  chunks: () => [],
});

const KB = 1024;

/** Updates of ten keys and now and then a message without one, of some size; `good` acknowledges all, `slow` nothing. */
function keyedChannel(messages: number, text = "x", chars = 30 * KB) {
  const h = new ChannelHarness();
  const good = h.join("good");
  const slow = h.join("slow");
  h.pass(1000);
  for (let id = 1; id <= messages; id++) {
    const data = `${id} `.padEnd(chars, text);
    if (id % 10 === 0) h.publish("pub", id, `chat ${id}`);
    else h.publish("pub", id, id % 7 === 0 ? new TextEncoder().encode(data) : data, { key: `key-${id % 10}` });
    h.pass(40);
    h.channel.acknowledge(good, id);
  }
  return { h, good, slow };
}

const numbers = (reader: Reader): number[] =>
  reader.messages().flatMap(({ type, items }) => (type === "events" ? (items as { seq: number }[]).map(({ seq }) => seq) : []));
const ranges = (reader: Reader): [number, number][] =>
  reader.messages().flatMap(({ type, after, upTo }) => (type === "events" ? [[Number(after), Number(upTo)] as [number, number]] : []));
const skipped = (reader: Reader): number => reader.messages().reduce((sum, message) => sum + Number(message.skipped ?? 0), 0);

describe("readers", () => {
  it("[CH17] a rider is not taken for slow: its acknowledgements end at its user's object", () => {
    const readers = new Readers();
    readers.add(subscriber("direct", "socket"));
    readers.add(subscriber("riding", "rider"));
    const slow = Array.from({ length: 64 }, (_, seq) => readers.send(plainSheet(seq, LIMITS.slowReaderBytes / 32)).tooSlow.map(({ user }) => user));
    expect(new Set(slow.flat())).toEqual(new Set(["direct"]));
  });

  it("[CH25] one that is behind gets of each key the latest and all else, once it has caught up, and is told how many it was spared", () => {
    const { h, good, slow } = keyedChannel(60);
    expect([good.closed, slow.closed, numbers(good).length]).toEqual([undefined, undefined, 60]);
    const before = numbers(slow);
    expect(before.length).toBeLessThan(20);
    h.channel.acknowledge(slow, before.length);
    const after = numbers(slow).slice(before.length);
    expect(after).toEqual([20, 30, 40, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60]);
    expect(skipped(slow)).toBe(60 - before.length - after.length);
    expect(skipped(good)).toBe(0);
    expect(h.channel.counters.spared).toBe(skipped(slow));
    for (const [i, range] of ranges(slow).entries()) if (i > 0) expect(range[0]).toBe(ranges(slow)[i - 1]?.[1]);
    expect(ranges(slow).at(-1)?.[1]).toBe(60);
    // From here on it is like any other.
    h.channel.acknowledge(slow, 60);
    h.publish("pub", 61, "on", { key: "key-1" });
    h.pass(40);
    expect(numbers(slow).at(-1)).toBe(61);
    const text = (reader: Reader) => reader.data().map((data) => (typeof data === "string" ? data : new TextDecoder().decode(data as Uint8Array)).slice(0, 7));
    expect(text(slow).slice(-15)).toEqual(text(good).filter((_, i) => [...after, 61].includes(i + 1)));
  });

  it("[CH25] frames of what was held fit a socket, whatever they are made of", () => {
    const { h, slow } = keyedChannel(120, "字", 10 * KB);
    h.channel.acknowledge(slow, numbers(slow).length);
    const bytes = slow.frames.map((frame) => (typeof frame === "string" ? new TextEncoder().encode(frame).byteLength : frame.byteLength));
    expect(Math.max(...bytes)).toBeLessThan(LIMITS.frameBytes);
    expect(ranges(slow).at(-1)?.[1]).toBe(120);
  });

  it("[CH25] one that is behind hears of what is told besides, and is ended when what cannot be left out is too much", () => {
    const { h, good, slow } = keyedChannel(30);
    h.channel.leave("good", "d1");
    h.pass(1000);
    h.channel.acknowledge(slow, numbers(slow).length);
    expect(slow.notices("channel.left")).toMatchObject([{ users: ["good"] }]);
    expect(good.closed?.code).toBe(1000);
    const other = h.join("other");
    for (let id = 31; id <= 80; id++) {
      h.publish("pub", id, "x".repeat(30 * KB), id % 2 === 0 ? {} : { key: "k" });
      h.pass(40);
      h.channel.acknowledge(other, id);
    }
    expect([slow.closed?.code, other.closed]).toEqual([4001, undefined]);
    expect(h.channel.counters.slowReaders).toBe(1);
  });
});
