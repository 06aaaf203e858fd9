import { describe, expect, it } from "vitest";
import { PeerHistory } from "../../../src/domain/user/peer-history.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import type { Message } from "../../../src/protocol/messages/message.ts";
import { MemoryLogStore } from "../../support/memory-channel.ts";

const message = (id: number, data: Message["data"] = String(id), from = "ada"): Message => ({ from, device: "phone", id, ts: 7, data });

function history(store = new MemoryLogStore()) {
  const open = () => new PeerHistory(store, () => "0123456789abcdef");
  return { store, open, history: open() };
}
const ids = (of: PeerHistory): number[] => of.tail().map(({ id }) => id);

describe("the history of peer messages", () => {
  it("[HI11] takes no row before something is stored", () => {
    const { store, history: empty } = history();
    expect([empty.tail(), empty.full, empty.log, store.rows]).toEqual([[], false, undefined, 0]);
  });

  it("[HI17] keeps a batch in one row", () => {
    const { store, history: kept } = history();
    kept.keep([message(1)], 10);
    const before = store.rows;
    kept.keep(
      Array.from({ length: 200 }, (_, n) => message(n + 2)),
      20,
    );
    expect(store.rows - before).toBe(1);
    expect(ids(kept)).toHaveLength(201);
  });

  it("[HI17] and in as many as fit, whatever JSON makes of the payloads", () => {
    const { store, history: kept } = history();
    const worst = "\u0001".repeat(LIMITS.payloadBytes);
    kept.keep(
      Array.from({ length: 20 }, (_, n) => message(n + 1, worst)),
      10,
    );
    const pages = store.summaries();
    expect(pages.length).toBeGreaterThan(1);
    expect(Math.max(...pages.map(({ bytes }) => bytes))).toBeLessThan(2 * 1024 * 1024 - 100_000);
    expect(ids(kept)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  it("[HI8] keeps a message once, also when it comes again in the same batch or after a sleep", () => {
    const { open, history: kept } = history();
    kept.keep([message(1), message(1), message(2)], 10);
    kept.keep([message(2), message(3)], 20);
    const woken = open();
    woken.keep([message(1), message(3), message(3, "x", "bob")], 30);
    expect(woken.tail().map(({ from, id }) => [from, id])).toEqual([
      ["ada", 1],
      ["ada", 2],
      ["ada", 3],
      ["bob", 3],
    ]);
  });

  it("[HI8] keeps a lower id that it has never seen", () => {
    const { history: kept } = history();
    kept.keep([message(5)], 10);
    kept.keep([message(4)], 20);
    expect(ids(kept)).toEqual([5, 4]);
  });

  it("[HI10] gives times that never go back, and a repeat its first", () => {
    const { open, history: kept } = history();
    expect(kept.keep([message(1)], 100)).toMatchObject([{ ts: 100, stored: true }]);
    expect(kept.keep([message(2)], 90)).toMatchObject([{ ts: 100 }]);
    expect(open().keep([message(3)], 80)).toMatchObject([{ ts: 100 }]);
    expect(kept.keep([message(1)], 200)).toMatchObject([{ ts: 100 }]);
    expect(kept.tail().map(({ ts }) => ts)).toEqual([100, 100]);
  });

  it("[HI13] is full when 64 MB wait", () => {
    const { history: kept } = history();
    const large = new Uint8Array(LIMITS.payloadBytes);
    let id = 0;
    while (id * LIMITS.payloadBytes < LIMITS.exportBacklogBytes) {
      expect(kept.full).toBe(false);
      kept.keep(
        Array.from({ length: 128 }, () => message(++id, large)),
        1,
      );
    }
    expect(kept.full).toBe(true);
    kept.log?.setExported(kept.log.head);
    expect(kept.full).toBe(false);
  });
});
