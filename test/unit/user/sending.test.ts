import { describe, expect, it } from "vitest";
import { Awaiting, type Word } from "../../../src/domain/user/awaiting.ts";
import { type LanePorts, Lanes } from "../../../src/domain/user/lanes.ts";
import { type WireError, wireError } from "../../../src/protocol/errors.ts";
import type { Result } from "../../../src/util/result.ts";

const BOUNDS = { queuedItems: 10, queuedBytes: 1_000, batchItems: 3, batchBytes: 100 };

/** A far object whose calls end when the test says so. */
function lanes(over: Partial<LanePorts<number, string, string>> = {}) {
  const calls: { target: string; items: number[]; riders: string[]; answer: (answers?: string[]) => void; fail: (error: unknown) => void }[] = [];
  const ports: LanePorts<number, string, string> = {
    send: (target, items, riders) =>
      new Promise((resolve, reject) =>
        calls.push({ target, items: [...items], riders: [...riders], answer: (answers = items.map(String)) => resolve(answers), fail: reject }),
      ),
    classify: (error) => ({ retry: error === "again", error: wireError(error === "overloaded" ? "overloaded" : "unavailable") }),
    pause: () => Promise.resolve(),
    ...over,
  };
  const out = new Lanes(ports, BOUNDS);
  const put = (target: string, item: number, bytes: number) => new Promise<Result<string, WireError>>((done) => out.put(target, item, bytes, done));
  return { calls, lanes: { put }, out };
}
/** Lets every promise that can go on do so. */
const turn = async (): Promise<void> => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};
const settlement = (delivered: number, waiting: number, final = true) => ({ from: "ada", device: "phone", id: 1, delivered, waiting, final });

describe("calls to other objects", () => {
  it("[PM17] go one at a time per target, with what came meanwhile, in order", async () => {
    const { calls, lanes: out } = lanes();
    const answers = [1, 2].map((n) => out.put("bob", n, 1));
    await turn();
    void out.put("bob", 3, 1);
    void out.put("bob", 4, 1);
    void out.put("eve", 5, 1);
    await turn();
    expect(calls.map(({ target, items }) => [target, items])).toEqual([
      ["bob", [1, 2]],
      ["eve", [5]],
    ]);
    calls[0]?.answer();
    await turn();
    expect(calls[2]?.items).toEqual([3, 4]);
    expect(await Promise.all(answers)).toEqual([
      { ok: true, value: "1" },
      { ok: true, value: "2" },
    ]);
  });

  it("[PM17] carry a bounded batch", async () => {
    const { calls, lanes: out } = lanes();
    for (const [n, bytes] of [
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 90],
      [5, 90],
    ] as const)
      void out.put("bob", n, bytes);
    for (let call = 0; call < 3; call++) {
      await turn();
      calls[call]?.answer();
    }
    expect(calls.map(({ items }) => items)).toEqual([[1, 2, 3], [4], [5]]);
  });

  it("[PM18] are repeated three times when that may help", async () => {
    const { calls, lanes: out } = lanes();
    const answer = out.put("bob", 1, 1);
    for (let call = 0; call < 4; call++) {
      await turn();
      calls[call]?.fail("again");
    }
    expect(await answer).toMatchObject({ ok: false, error: { code: "unavailable" } });
    expect(calls).toHaveLength(4);
  });

  it("[PM18] are not repeated to an overloaded object; what comes later is tried", async () => {
    const { calls, lanes: out } = lanes();
    const first = out.put("bob", 1, 1);
    await turn();
    calls[0]?.fail("overloaded");
    expect(await first).toMatchObject({ ok: false, error: { code: "overloaded" } });
    const second = out.put("bob", 2, 1);
    await turn();
    calls[1]?.answer();
    expect(await second).toMatchObject({ ok: true });
  });

  it.each(["again", "overloaded"])("[PM25] that failed (%s) take with them what waits behind them, and nothing that comes later", async (error) => {
    const { calls, lanes: out } = lanes();
    const first = out.put("bob", 1, 1);
    await turn();
    const behind = out.put("bob", 2, 1);
    const elsewhere = out.put("eve", 3, 1);
    for (let call = 0; call < 5; call++) {
      calls
        .filter(({ target }) => target === "bob")
        .at(-1)
        ?.fail(error);
      await turn();
    }
    expect(await first).toMatchObject({ ok: false });
    expect(await behind).toMatchObject({ ok: false, error: { code: "out_of_turn", retry: "later" } });
    const later = out.put("bob", 4, 1);
    await turn();
    for (const { answer } of calls) answer();
    expect(await Promise.all([elsewhere, later])).toMatchObject([{ ok: true }, { ok: true }]);
    expect(calls.flatMap(({ items }) => items)).not.toContain(2);
  });

  it("[PM25] that were refused by the far object keep back what waits behind them", async () => {
    const { calls, lanes: out } = lanes({ refused: (answer) => answer === "no" });
    const first = out.put("bob", 1, 1);
    await turn();
    const behind = out.put("bob", 2, 1);
    calls[0]?.answer(["no"]);
    expect(await first).toEqual({ ok: true, value: "no" });
    expect(await behind).toMatchObject({ ok: false, error: { code: "out_of_turn" } });
  });

  it("[PM27] take riders along, with each repeat, or go for them alone", async () => {
    const { calls, lanes: put, out } = lanes();
    expect([out.ride("bob", "x"), out.ride("bob", "y")]).toEqual([true, true]);
    const first = put.put("bob", 1, 1);
    await turn();
    out.ride("bob", "z");
    calls[0]?.fail("again");
    await turn();
    calls[1]?.answer();
    expect(await first).toEqual({ ok: true, value: "1" });
    await turn();
    expect(calls.map(({ items, riders }) => [items, riders])).toEqual([
      [[1], ["x", "y"]],
      [[1], ["x", "y"]],
      [[], ["z"]],
    ]);
    for (let n = 0; n < 10; n++) expect(out.ride("bob", String(n))).toBe(true);
    expect(out.ride("bob", "one too many")).toBe(false);
  });

  it("[PM27] keep back no item where riders alone failed, and no rider where an item did", async () => {
    const { calls, lanes: put, out } = lanes();
    out.ride("bob", "x");
    await turn();
    const behind = put.put("bob", 1, 1);
    calls[0]?.fail("overloaded");
    await turn();
    expect(calls[1]).toMatchObject({ items: [1], riders: [] });
    const later = put.put("bob", 2, 1);
    out.ride("bob", "y");
    calls[1]?.fail("overloaded");
    await turn();
    expect([await behind, await later]).toMatchObject([{ error: { code: "overloaded" } }, { error: { code: "out_of_turn" } }]);
    expect(calls[2]).toMatchObject({ items: [], riders: ["y"] });
  });

  it("[PM23] are said to be over when they are", async () => {
    const ends: boolean[] = [];
    const { calls, lanes: out, out: all } = lanes({ ended: () => ends.push(all.busy) });
    void out.put("bob", 1, 1);
    await turn();
    void out.put("bob", 2, 1);
    calls[0]?.answer();
    await turn();
    expect([all.busy, ends]).toEqual([true, []]);
    calls[1]?.answer();
    await turn();
    expect([all.busy, ends]).toEqual([false, [false]]);
  });

  it("[PM19] are refused beyond the bounds, and taken again once there is room", async () => {
    const { calls, lanes: out } = lanes();
    const full = Array.from({ length: 10 }, (_, n) => out.put("bob", n, 1));
    expect(await out.put("eve", 11, 1)).toMatchObject({ ok: false, error: { code: "overloaded" } });
    for (let call = 0; call < 4; call++) {
      await turn();
      calls[call]?.answer();
    }
    await Promise.all(full);
    expect(await out.put("bob", 1, 2_000)).toMatchObject({ ok: false, error: { code: "overloaded" } });
    void out.put("bob", 12, 1);
    await turn();
    expect(calls.at(-1)?.items).toEqual([12]);
  });
});

describe("a message under way", () => {
  /** The words that came for it. */
  const opened = (awaiting: Awaiting, key: string): Word[] => {
    const words: Word[] = [];
    awaiting.open(key, "bob", (word) => words.push(word));
    return words;
  };

  it("[PM1] is settled by the receiver's last word, even when that overtakes its first", () => {
    const awaiting = new Awaiting();
    const words = opened(awaiting, "k");
    expect(awaiting.settle("k", "bob", settlement(1, 1))).toBe(true);
    awaiting.pending("k", 1, 1, 0);
    expect(words).toEqual([{ delivered: 1, waiting: 1 }]);
    expect(awaiting.settle("k", "bob", settlement(1, 1))).toBe(false);
  });

  it("[PM16] is settled by single receipts when they are all there", () => {
    const awaiting = new Awaiting();
    const words = opened(awaiting, "k");
    awaiting.pending("k", 2, 3, 0);
    awaiting.settle("k", "bob", settlement(1, 0, false));
    expect(awaiting.has("k")).toBe(true);
    awaiting.settle("k", "bob", settlement(1, 0, false));
    expect(words).toEqual([{ delivered: 2, waiting: 3 }]);
  });

  it("[PM7] tells everybody who waits for it", () => {
    const awaiting = new Awaiting();
    const [words, others] = [opened(awaiting, "k"), [] as Word[]];
    awaiting.join("k", (word) => others.push(word));
    awaiting.settle("k", "bob", settlement(1, 0));
    awaiting.join("k", (word) => others.push(word));
    expect([words, others]).toEqual([[{ delivered: 1, waiting: 0 }], [{ delivered: 1, waiting: 0 }]]);
  });

  it("[PM12] is not settled by anybody else", () => {
    const awaiting = new Awaiting();
    const words = opened(awaiting, "k");
    expect(awaiting.settle("k", "eve", settlement(1, 0))).toBe(false);
    expect([awaiting.has("k"), words]).toEqual([true, []]);
  });

  it("[PM20] times out, the oldest first", () => {
    const awaiting = new Awaiting();
    const first = opened(awaiting, "a");
    const second = opened(awaiting, "b");
    awaiting.pending("b", 1, 0, 50);
    awaiting.pending("a", 1, 0, 10);
    awaiting.expire(10);
    expect([first, second]).toEqual([["timeout"], []]);
    expect(awaiting.oldest()).toBe(50);
  });
});
