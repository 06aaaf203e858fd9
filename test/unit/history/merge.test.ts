import { describe, expect, it } from "vitest";
import { compareFound, countAll, type FoundText, Merged, type Order, type Source, take } from "../../../src/domain/history/merge.ts";
import { wireError } from "../../../src/protocol/errors.ts";
import { err, ok } from "../../../src/util/result.ts";
import { randomFrom } from "../../support/random.ts";

const text = (stream: string, seq: number, ts: number): FoundText => ({ stream, seq, from: "ann", ts, data: `${stream}${seq}` });

/** Batches as they come, and how many were asked for. */
function source(...batches: FoundText[][]): Source & { asked: number } {
  return {
    asked: 0,
    async next() {
      this.asked += 1;
      return ok(batches.shift());
    },
  };
}

async function all(merged: Source): Promise<FoundText[]> {
  const found = await take(merged, 0, Number.POSITIVE_INFINITY);
  return found.ok ? found.value : [];
}

describe("texts of several streams", () => {
  it.each(["oldest-first", "newest-first"] as const)("[RR15] come %s, each once, however they arrive", async (order: Order) => {
    const random = randomFrom(order.length);
    for (let round = 0; round < 50; round++) {
      const expected: FoundText[] = [];
      const sources = ["a", "b", "c"].map((stream) => {
        const own = Array.from({ length: Math.floor(random() * 20) }, (_, seq) => text(stream, seq, Math.floor(random() * 10))).sort(compareFound(order));
        expected.push(...own);
        const batches: FoundText[][] = [];
        for (let rest = own; rest.length > 0; ) {
          const size = Math.floor(random() * 4);
          batches.push(rest.slice(0, size));
          rest = rest.slice(size);
        }
        return source(...batches);
      });
      expect(await all(new Merged(sources, order))).toEqual(expected.sort(compareFound(order)));
    }
  });

  it("[RR15] are given from an offset, and no more is read than that takes", async () => {
    const texts = Array.from({ length: 10 }, (_, seq) => text("a", seq, seq));
    const long = source(texts.slice(0, 4), texts.slice(4, 8), texts.slice(8));
    expect(await take(new Merged([long], "oldest-first"), 3, 2)).toEqual(ok(texts.slice(3, 5)));
    expect(long.asked).toBe(2);
    expect(await take(source(texts), 20, 5)).toEqual(ok([]));
    expect(await countAll(new Merged([source(texts), source()], "oldest-first"))).toEqual(ok(10));
  });

  it("[RR22] are not given where one stream cannot be read", async () => {
    const error = wireError("unavailable");
    const merged = new Merged([source([text("a", 1, 1)]), { next: async () => err(error) }], "oldest-first");
    expect(await take(merged, 0, 1)).toEqual(err(error));
    expect(await countAll(merged)).toEqual(err(error));
  });
});
