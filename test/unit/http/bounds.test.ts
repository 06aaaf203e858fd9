import { describe, expect, it } from "vitest";
import { TokenBuckets } from "../../../src/domain/token-buckets.ts";
import { timeScale } from "../../../src/server/time-scale.ts";
import { TtlCache } from "../../../src/util/ttl-cache.ts";

const TEN_A_SECOND = { burst: 10, perMs: 1_000 };

describe("token buckets", () => {
  it("[HT36] give the burst at once, then the rate, and say how long until the next", () => {
    const buckets = new TokenBuckets(10);
    const take = (nowMs: number): number => buckets.take("a", TEN_A_SECOND, nowMs);
    expect(Array.from({ length: 11 }, () => take(0))).toEqual([...Array(10).fill(0), 100]);
    expect([take(50), take(100), take(100)]).toEqual([50, 0, 100]);
    expect(take(50)).toBe(100);
    expect(Array.from({ length: 11 }, () => take(1_000_000))).toEqual([...Array(10).fill(0), 100]);
  });

  it("[HT40] of messages under way none overtakes one that was refused for its rate", () => {
    const buckets = new TokenBuckets(10);
    const size = { burst: 2, perMs: 20 };
    expect([0, 1, 2, 90, 490].map((nowMs) => buckets.take("a", size, nowMs, 500))).toEqual([0, 0, 500, 412, 12]);
    expect([502, 503, 504].map((nowMs) => buckets.take("a", size, nowMs, 500))).toEqual([0, 0, 500]);
  });

  it("[HT36] are bounded in number; the one unused for longest is forgotten", () => {
    const buckets = new TokenBuckets(2);
    const once = { burst: 1, perMs: 1_000 };
    expect(["a", "b", "a", "c", "a", "b"].map((key) => buckets.take(key, once, 0))).toEqual([0, 0, 1000, 0, 1000, 0]);
  });
});

describe("the cache", () => {
  it("[AP3] forgets in time, and the oldest when full", () => {
    const cache = new TtlCache<string, number>(2);
    cache.set("a", 1, 10, 0);
    expect([cache.get("a", 9), cache.get("a", 10), cache.size]).toEqual([1, undefined, 0]);
    for (const [index, key] of ["a", "b", "a", "c"].entries()) cache.set(key, index, 10, 0);
    expect(["a", "b", "c"].map((key) => cache.get(key, 0))).toEqual([2, undefined, 3]);
  });
});

it.each([
  ["0.1", 0.1],
  [undefined, 1],
  ["", 1],
  ["0", 1],
  ["-1", 1],
  ["NaN", 1],
  ["1e9", 1],
])("[SE9] a time scale of %j is %d", (text, scale) => {
  expect(timeScale(text === undefined ? {} : { WIGWAG_TIME_SCALE: text })).toBe(scale);
});
