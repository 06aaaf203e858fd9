import { describe, expect, it } from "vitest";
import { type FanOutLimits, type FanOutPlan, HUB, leafOf, leavesInUse, leavesOf, NO_LEAVES, planFanOut } from "../../../src/domain/channel/relay-plan.ts";

const LIMITS: FanOutLimits = {
  hubMembers: 1_000,
  leafMembers: 1_000,
  deliveriesPerSecond: 15_000,
  countedMembers: 20_000,
  leavesWithoutRelays: 64,
  shrinkAfterMs: 60_000,
  moveGraceMs: 10_000,
};
const NOW = 1_900_000_000_000;
const grown = (sockets: number, previous = NO_LEAVES, framesPerSecond = 1): FanOutPlan =>
  planFanOut({ sockets, users: 0, framesPerSecond }, previous, LIMITS, NOW).plan;

describe("the plan of a channel's leaves", () => {
  it.each([
    [1_000, 1, 0, 0],
    [1_001, 1, 2, 0],
    [20_000, 1, 30, 0],
    // Many frames a second fill an object with fewer sockets.
    [600, 30, 2, 0],
    [20_000, 30, 60, 0],
    [64_000, 1, 96, 10],
    // Each is a call per flush: beyond some number leaves get larger.
    [1_000_000, 10, 512, 23],
  ])("[EL4] for %d sockets at %d frames a second: %d leaves, %d relays", (sockets, framesPerSecond, leaves, relays) => {
    expect(grown(sockets, NO_LEAVES, framesPerSecond)).toMatchObject({ leaves, relays });
  });

  it("[EL4] grows at once, by half more than is needed: a thousandfold growth takes some fifteen steps", () => {
    let plan = NO_LEAVES;
    let steps = 0;
    for (let sockets = 1; sockets <= 200_000; sockets += 50) {
      const next = planFanOut({ sockets, users: 0, framesPerSecond: 1 }, plan, LIMITS, NOW + sockets).plan;
      if (next !== plan) steps += 1;
      plan = next;
    }
    expect(plan.leaves).toBeGreaterThan(200);
    expect(steps).toBeLessThanOrEqual(16);
  });

  it("[EL15] has members counted above the bound, and named again below half of it, or without leaves", () => {
    const at = (users: number, previous: FanOutPlan, ms = 1) =>
      planFanOut({ sockets: users, users, framesPerSecond: 1 }, previous, { ...LIMITS, shrinkAfterMs: 0 }, NOW + ms).plan;
    const named = at(20_000, NO_LEAVES, 0);
    expect(named.counted).toBeUndefined();
    const counted = at(20_001, named);
    expect(counted).toEqual({ ...named, version: named.version + 1, counted: true, named: named.version + 1 });
    expect(at(20_001, counted, 2)).toBe(counted);
    expect(at(10_000, counted, 3).counted).toBe(true);
    expect(at(9_999, counted, 4)).toMatchObject({ leaves: 15 });
    expect(at(9_999, counted, 4).counted).not.toBe(true);
    expect(at(100, counted, 5)).toMatchObject({ leaves: 0 });
    expect(at(100, counted, 5).counted).not.toBe(true);
    expect(planFanOut({ sockets: 900, users: 30_000, framesPerSecond: 1 }, NO_LEAVES, LIMITS, NOW).plan).toBe(NO_LEAVES);
  });

  it("[EL4] shrinks only when it has been far too large for a while", () => {
    const large = grown(20_000);
    const at = (sockets: number, ms: number, lowSince?: number) => planFanOut({ sockets, users: 0, framesPerSecond: 1 }, large, LIMITS, NOW + ms, lowSince);
    expect(at(13_000, 0)).toEqual({ plan: large, lowSince: undefined });
    expect(at(5_000, 0)).toEqual({ plan: large, lowSince: NOW });
    expect(at(5_000, 59_000, NOW)).toEqual({ plan: large, lowSince: NOW });
    // A moment above it, and the time begins anew.
    expect(at(13_000, 59_000, NOW).lowSince).toBeUndefined();
    expect(at(5_000, 60_000, NOW).plan).toMatchObject({ leaves: 8 });
    expect(at(200, 60_000, NOW).plan).toMatchObject({ leaves: 0, relays: 0 });
  });

  it("[EL4] does not swing between two sizes", () => {
    let plan = NO_LEAVES;
    let lowSince: number | undefined;
    let plans = 0;
    for (let step = 0; step < 2_000; step++) {
      const sockets = 950 + 150 * Math.sin(step / 20);
      const planned = planFanOut({ sockets, users: 0, framesPerSecond: 1 }, plan, LIMITS, NOW + step * 1_000, lowSince);
      if (planned.plan !== plan) plans += 1;
      ({ plan, lowSince } = planned);
    }
    expect(plans).toBe(1);
  });

  it("[EL4] versions rise, also where the memory of the last one is gone", () => {
    const first = grown(5_000);
    const second = planFanOut({ sockets: 50_000, users: 0, framesPerSecond: 1 }, first, LIMITS, NOW - 1_000).plan;
    expect(second.version).toBe(first.version + 1);
    expect(planFanOut({ sockets: 5_000, users: 0, framesPerSecond: 1 }, NO_LEAVES, LIMITS, NOW + 5).plan.version).toBeGreaterThan(first.version);
  });

  it("[EL4] who moves has a spread by the number of those who do, and is looked for in both places meanwhile", () => {
    const first = grown(5_000);
    expect(first.spreadMs).toBe(10_000);
    const second = planFanOut({ sockets: 9_000, users: 0, framesPerSecond: 1 }, first, LIMITS, NOW + 1_000).plan;
    expect(second).toMatchObject({ leaves: 14, former: [{ leaves: 0 }, { leaves: first.leaves, until: NOW + 1_000 + second.spreadMs + 10_000 }] });
    expect(second.spreadMs).toBeLessThan(9_000);
    const mover = Array.from({ length: 1_000 }, (_, n) => `user-${n}`).find((user) => leafOf(user, 8) !== leafOf(user, 14)) ?? "";
    expect(leavesOf(mover, second, NOW + 2_000)).toEqual([leafOf(mover, 14), leafOf(mover, 8)]);
    expect(leavesOf(mover, second, NOW + 60_000)).toEqual([leafOf(mover, 14)]);
    const shrunk = { ...second, leaves: 3, former: [{ leaves: 14, until: NOW + 50_000 }] };
    expect(leavesInUse(shrunk, NOW)).toBe(14);
    expect(leavesInUse(shrunk, NOW + 50_000)).toBe(3);
  });

  it("[EL11] never is one where the deployment has no leaves", () => {
    const never = { ...LIMITS, hubMembers: Number.POSITIVE_INFINITY, deliveriesPerSecond: Number.POSITIVE_INFINITY };
    expect(planFanOut({ sockets: 100_000, users: 0, framesPerSecond: 50 }, NO_LEAVES, never, NOW).plan).toBe(NO_LEAVES);
    expect(leafOf("ann", 0)).toBe(HUB);
  });
});
