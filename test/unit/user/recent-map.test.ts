import { describe, expect, it } from "vitest";
import { RecentMap } from "../../../src/domain/user/recent-map.ts";

describe("what is remembered for a while", () => {
  it("[PM7] is at least the newest N, at most twice as many, and the newest value of each", () => {
    const recent = new RecentMap<number, string>(4);
    for (let key = 1; key <= 100; key++) {
      recent.set(key, `first ${key}`);
      recent.set(key, `${key}`);
      for (let back = 0; back < Math.min(4, key); back++) expect(recent.get(key - back)).toBe(`${key - back}`);
      expect(Array.from({ length: key }, (_, n) => recent.get(n + 1)).filter((value) => value !== undefined).length).toBeLessThanOrEqual(8);
    }
    expect([recent.delete(100), recent.get(100), recent.delete(100)]).toEqual([true, undefined, false]);
  });
});
