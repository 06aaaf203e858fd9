import { describe, expect, it } from "vitest";
import { allowance } from "../../../prove/experiments/soak/allowance.ts";
import { secondHalf, slope } from "../../../prove/experiments/support/series.ts";

const series = (value: (at: number) => number) => Array.from({ length: 100 }, (_, at) => ({ at, value: value(at) }));

describe("what the soak judges by", () => {
  it("[HX2] tells memory that rises from memory that breathes, and from memory that rose at first", () => {
    expect(slope(series((at) => 100 + 2 * at))).toBeCloseTo(2);
    expect(Math.abs(slope(series((at) => 100 + (at % 10))))).toBeLessThan(0.05);
    expect(slope(secondHalf(series((at) => Math.min(at, 50))))).toBeLessThan(0.05);
  });

  it("[HX2] lets rows stay per object, and none of a table it has no reason for", () => {
    const objects = new Map([["UserObject", 3]]);
    expect(allowance("UserObject.inbox_head", objects)).toBe(3);
    expect(allowance("UserObject.inbox_page", objects)).toBe(0);
    expect(allowance("ChannelObject._schema", objects)).toBe(0);
  });
});
