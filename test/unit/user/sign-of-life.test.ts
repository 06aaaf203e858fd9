import { describe, expect, it } from "vitest";
import { type AheadOfClock, lastSign } from "../../../src/server/objects/shell/sign-of-life.ts";

/** A socket whose signs are asked for again and again. */
function socket() {
  let kept: AheadOfClock | undefined;
  let writes = 0;
  return {
    last: (times: readonly number[], now: number): number =>
      lastSign(times, now, kept, (ahead) => {
        kept = ahead;
        writes += 1;
      }),
    writes: () => writes,
  };
}

describe("the last sign of life", () => {
  it("[PS8] is the latest, and nothing is kept while the clock goes on", () => {
    const { last, writes } = socket();
    expect([last([10, 0, 0], 10), last([10, 30, 20], 40)]).toEqual([10, 30]);
    expect(writes()).toBe(0);
  });

  it("[PS8] one that lies ahead counts from when it was first met, however often it is met, also when the clock has come there", () => {
    const { last, writes } = socket();
    expect([last([1_000, 0], 100), last([1_000, 0], 150), last([1_000, 0], 1_500)]).toEqual([100, 100, 100]);
    expect(writes()).toBe(1);
  });

  it("[PS8] a later one by the right clock counts as itself", () => {
    const { last, writes } = socket();
    expect([last([1_000, 900], 100), last([1_000, 130], 150)]).toEqual([100, 130]);
    expect(writes()).toBe(1);
  });

  it("[PS8] a clock that is set back once more begins anew", () => {
    const { last } = socket();
    expect([last([1_000], 500), last([1_000], 100), last([1_000], 200)]).toEqual([500, 100, 100]);
    expect(last([1_000, 300], 250)).toBe(250);
  });
});
