import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { atFixedRate } from "../../../bench/load/fixed-rate.ts";

describe("an open loop", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it("[BE15] publishes evenly, so many times a second, and then ends", async () => {
    const at: number[] = [];
    const startedAt = performance.now();
    const done = atFixedRate(100, 1, (count) => {
      expect(count).toBe(at.length);
      at.push(performance.now() - startedAt);
    });
    await vi.advanceTimersByTimeAsync(2_000);
    await done;
    expect(at).toHaveLength(100);
    for (const [index, time] of at.entries()) expect(Math.abs(time - index * 10)).toBeLessThanOrEqual(2);
  });

  it("[BE15] after a pause of its own it makes good 50 ms of it, no more", async () => {
    const now = performance.now.bind(performance);
    let pausedMs = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now() + pausedMs);
    const at: number[] = [];
    const done = atFixedRate(1_000, 0.2, () => {
      at.push(performance.now());
      if (at.length === 10) pausedMs = 500;
    });
    await vi.advanceTimersByTimeAsync(2_000);
    await done;
    const [afterPause] = at.slice(10);
    const burst = at.filter((time) => time === afterPause).length;
    expect(burst).toBeGreaterThanOrEqual(50);
    expect(burst).toBeLessThanOrEqual(52);
    expect(at).toHaveLength(200);
  });
});
