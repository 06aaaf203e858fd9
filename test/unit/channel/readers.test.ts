import { describe, expect, it } from "vitest";
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

describe("readers", () => {
  it("[CH17] a rider is not taken for slow: its acknowledgements end at its user's object", () => {
    const readers = new Readers();
    readers.add(subscriber("direct", "socket"));
    readers.add(subscriber("riding", "rider"));
    for (let seq = 1; seq <= 64; seq++) readers.sent(LIMITS.slowReaderBytes / 32, seq);
    expect(readers.tooSlow().map(({ user }) => user)).toEqual(["direct"]);
  });
});
