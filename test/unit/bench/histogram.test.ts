import { describe, expect, it } from "vitest";
import { Histogram } from "../../../bench/lib/histogram.ts";

const of = (values: Iterable<number>): Histogram => {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
};

describe("histogram", () => {
  it("[BE7] gives percentiles within one percent, over six orders of magnitude", () => {
    const values = Array.from({ length: 10_000 }, (_, index) => (index + 1) ** 1.5);
    const histogram = of(values.toReversed());
    for (const share of [0.01, 0.5, 0.9, 0.99, 0.999]) {
      const exact = values[Math.ceil(share * values.length) - 1] ?? Number.NaN;
      expect(Math.abs(histogram.percentile(share) / exact - 1)).toBeLessThan(0.01);
    }
  });

  it("[BE7] counts ranks, so that one slow delivery in a hundred is p99's neighbour and not p99", () => {
    const histogram = of([...Array.from({ length: 99 }, () => 10), 5000]);
    expect(histogram.percentile(0.99)).toBeCloseTo(10, 0);
    expect(histogram.percentile(1)).toBe(5000);
    expect(histogram.max).toBe(5000);
  });

  it("[BE7] has no percentile of nothing, and starts anew after a reset", () => {
    const histogram = of([3]);
    histogram.reset();
    expect(histogram.percentile(0.5)).toBeNaN();
    expect(histogram.total).toBe(0);
  });

  it("[BE7] keeps what lies outside its buckets at the ends", () => {
    const histogram = of([0, 2 ** 60]);
    expect(histogram.percentile(0.5)).toBeLessThanOrEqual(1);
    expect(histogram.percentile(1)).toBeGreaterThan(2 ** 39);
  });
});
