import { describe, expect, it } from "vitest";
import { RoomPace } from "../../../src/domain/room/pace.ts";
import { PRIORITIES, type Priority } from "../../../src/protocol/priority.ts";

const rules = { messagesPerSecond: 100, slowMs: 0 };

/** Of so many a second of each priority, mixed, those that get in over some seconds. */
function taken(perSecond: Record<Priority, number>, seconds: number): Record<Priority, number> {
  const pace = new RoomPace();
  const got = { high: 0, normal: 0, low: 0 };
  for (let ms = 0; ms < seconds * 1000; ms++) {
    for (const priority of PRIORITIES) {
      const due = Math.floor(((ms + 1) * perSecond[priority]) / 1000) - Math.floor((ms * perSecond[priority]) / 1000);
      for (let n = 0; n < due; n++) got[priority] += pace.take(priority, rules, ms) ? 1 : 0;
    }
  }
  return got;
}

describe("how much a room takes", () => {
  it("[RB1] all gets in below its rate", () => {
    expect(taken({ high: 10, normal: 30, low: 20 }, 10)).toEqual({ high: 100, normal: 300, low: 200 });
  });

  it("[RB1] low priorities are left out first, normal ones when that is not enough, high ones never", () => {
    const many = taken({ high: 20, normal: 60, low: 500 }, 10);
    expect(many).toMatchObject({ high: 200, normal: 600 });
    expect(many.low).toBeLessThan(350);
    const more = taken({ high: 80, normal: 500, low: 500 }, 10);
    expect(more.high).toBe(800);
    expect(more.normal).toBeLessThan(350);
    expect(more.low).toBeLessThan(60);
  });

  it("[RB1] a clock that is set back takes nothing away", () => {
    const pace = new RoomPace();
    for (let n = 0; n < 100; n++) expect(pace.take("normal", rules, 10_000)).toBe(true);
    expect(pace.take("normal", rules, 10_000)).toBe(false);
    expect(pace.take("normal", rules, 0)).toBe(false);
    expect(pace.take("normal", rules, 1_000)).toBe(true);
  });

  it("[RB2] in slow mode a member waits, each for itself, and is told how long", () => {
    const pace = new RoomPace();
    const slow = { ...rules, slowMs: 5_000 };
    expect(pace.slow("ann", slow, 0)).toBeUndefined();
    expect(pace.slow("ann", slow, 2_000)).toMatchObject({ code: "rate_limited", retryAfterMs: 3_000 });
    expect(pace.slow("bob", slow, 2_000)).toBeUndefined();
    expect(pace.slow("ann", slow, 5_000)).toBeUndefined();
    expect(pace.slow("ann", rules, 5_000)).toBeUndefined();
  });
});
