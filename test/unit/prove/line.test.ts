import { describe, expect, test } from "vitest";
import { Line, pieceBytes, underWayBytes } from "../../../prove/lab/network/line.ts";
import { randomFrom } from "../../support/random.ts";

const never = (): number => {
  throw new Error("nothing is drawn where there is no jitter");
};

describe("a line", () => {
  test("[NL2] adds its delay, and no more without jitter", () => {
    const line = new Line();
    expect(line.arrival(100, 1_000, { delayMs: 40 }, never)).toBe(1_040);
    expect(line.arrival(100, 1_001, {}, never)).toBe(1_040);
    expect(line.arrival(100, 2_000, {}, never)).toBe(2_000);
  });

  test("[NL2] jitter moves arrivals within its bound and never past each other", () => {
    const line = new Line();
    const random = randomFrom(7);
    let last = 0;
    for (let now = 0; now < 2_000; now += 3) {
      const at = line.arrival(10, now, { delayMs: 20, jitterMs: 80 }, random);
      expect(at).toBeGreaterThanOrEqual(Math.max(last, now + 20));
      expect(at).toBeLessThan(Math.max(last, now + 100));
      last = at;
    }
  });

  test("[NL3] bytes take their time one after the other, and the line rests when nothing is said", () => {
    const line = new Line();
    const narrow = { bytesPerSecond: 8_000, delayMs: 5 };
    expect(line.arrival(800, 0, narrow, never)).toBe(105);
    expect(line.arrival(800, 0, narrow, never)).toBe(205);
    expect(line.arrival(8, 10_000, narrow, never)).toBe(10_006);
  });

  test("[NL3] a narrow way carries little at a time and holds half a second's worth", () => {
    expect(pieceBytes({ bytesPerSecond: 8_000 })).toBe(400);
    expect(pieceBytes({ bytesPerSecond: 100 })).toBe(64);
    expect(underWayBytes({ bytesPerSecond: 8_000 })).toBe(4_000);
    expect(underWayBytes({ bytesPerSecond: 100_000_000 })).toBe(underWayBytes({}));
  });
});
