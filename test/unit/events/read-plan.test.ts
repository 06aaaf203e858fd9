import { describe, expect, it } from "vitest";
import { byShard, EVENT_SHARDS, type RestEvent, shardOf } from "../../../src/domain/events/event.ts";
import { planRead } from "../../../src/domain/events/read-plan.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";

const login = (user: string, at: number): RestEvent => ({ kind: "user", type: "Login", user, at });
const many = (count: number, from = 0): RestEvent[] => Array.from({ length: count }, (_, n) => login(`user-${n}`, from + n));

describe("one read of an app's queues", () => {
  it("[EV4] takes the oldest over all of them, in order of time", () => {
    const plan = planRead([[login("a", 3), login("b", 9)], [], [login("c", 1)]]);
    expect(plan).toEqual({ take: [[login("a", 3), login("b", 9)], [], [login("c", 1)]], dropBefore: undefined });
  });

  it("[EV4] takes at most 1,000", () => {
    const waiting = [many(800), many(800, 400)];
    const { take, dropBefore } = planRead(waiting);
    const times = take.flat().map(({ at }) => at);
    expect(times).toHaveLength(LIMITS.restEventsPerRead);
    const left = waiting.flatMap((events, shard) => events.filter((event) => take[shard]?.includes(event) !== true));
    expect(Math.max(...times)).toBeLessThanOrEqual(Math.min(...left.map(({ at }) => at)));
    expect(dropBefore).toBeUndefined();
  });

  it("[EV5] lets go of what is older than the newest 2,000", () => {
    const { take, dropBefore } = planRead([many(1_500), many(1_500, 1_500)]);
    expect(dropBefore).toBe(1_000);
    expect(take.flat().map(({ at }) => at)).toEqual(Array.from({ length: 1_000 }, (_, n) => 1_000 + n));
  });

  it("[EV5] a user's events stay in one queue", () => {
    const shards = byShard(many(200));
    expect(shards.size).toBe(EVENT_SHARDS);
    for (const [shard, events] of shards) for (const { user } of events) expect(shardOf(user)).toBe(shard);
  });
});
