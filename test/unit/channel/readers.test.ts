import { describe, expect, it } from "vitest";
import type { Sheet } from "../../../src/domain/channel/event-frame.ts";
import type { Subscriber } from "../../../src/domain/channel/ports.ts";
import { Readers } from "../../../src/domain/channel/readers.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";

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
  notices: [],
  skipped: 0,
  conflatable: false,
  chunks: () => [],
});

describe("readers", () => {
  it("[CH17] a rider is not taken for slow: its acknowledgements end at its user's object", () => {
    const readers = new Readers();
    readers.add(subscriber("direct", "socket"));
    readers.add(subscriber("riding", "rider"));
    const slow = Array.from({ length: 64 }, (_, seq) => readers.send(plainSheet(seq, LIMITS.slowReaderBytes / 32)).tooSlow.map(({ user }) => user));
    expect(new Set(slow.flat())).toEqual(new Set(["direct"]));
  });
});
