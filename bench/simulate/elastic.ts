import { type FanOutPlan, HUB, leafOf, NO_LEAVES, planFanOut } from "../../src/domain/channel/relay-plan.ts";
import { PRIORITIES, type Priority } from "../../src/protocol/priority.ts";
import { ROOM_LIMITS } from "../../src/protocol/room-limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelLimits, channelSettings } from "../../src/server/objects/channel/limits.ts";
import { Crowd } from "./channel/crowd.ts";
import { World, type WorldOptions } from "./channel/world.ts";
import { type Lane, type Outcome, outcomeOf, usageOf } from "./outcome.ts";
import { COSTS, type Costs, ROW_BYTES_MAX } from "./platform/costs.ts";
import { Platform } from "./platform/platform.ts";
import { type Geography, regionFor, WORLD } from "./platform/regions.ts";

export interface SimulationOptions {
  readonly members: number;
  readonly messagesPerSecond: number;
  readonly seed: number;
  /** Measured. */
  readonly seconds: number;
  readonly growSeconds: number;
  /** How long a member stays, on average; as many come as go. */
  readonly staySeconds: number;
  readonly leafDiesEverySeconds: number;
  readonly geography: Geography;
  readonly costs: Costs;
  readonly limits: WorldOptions["limits"];
  readonly log: WorldOptions["log"];
  /**
   * Where leaves stand. `first`: where whoever called first is, the hub or a member, as the platform does by itself. `hub`: all beside the hub. `region`:
   * each has the members of one region, and stands there.
   */
  readonly placement: "first" | "hub" | "region";
  readonly hubRegion: number;
  /** A chat room: messages of all priorities, through its rate and its lanes. */
  readonly room: boolean;
}

/** Of a room's messages: what counts, what is said, and likes. */
const ROOM_SHARES: Readonly<Record<Priority, number>> = { high: 0.1, normal: 0.4, low: 0.5 };
/** A room takes so much of what is said, or what rooms take by default if that is less. */
const ROOM_TAKES = 0.8;

/** As `fanOutLimits` (src/server/objects/channel/fan-out.ts) has them for a deployment that says a thousand. */
export const FAN_OUT_LIMITS: WorldOptions["limits"] = {
  hubMembers: 1_000,
  leafMembers: 1_000,
  deliveriesPerSecond: 15_000,
  countedMembers: 20_000,
  leavesWithoutRelays: 64,
  shrinkAfterMs: 60_000,
  moveGraceMs: 10_000,
};

export const DEFAULTS = {
  seed: 1,
  seconds: 10,
  growSeconds: 60,
  staySeconds: 1_200,
  leafDiesEverySeconds: 5,
  geography: WORLD,
  costs: COSTS,
  limits: FAN_OUT_LIMITS,
  log: "durable",
  placement: "first",
  hubRegion: 0,
  room: false,
} as const satisfies Partial<SimulationOptions>;

const SAMPLED_MEMBERS = 20_000;
/** While all come and go where they belong, a message now and then is enough to see whether anybody misses one. */
const GROWTH_MESSAGES_PER_SECOND = 1;
/** After the last has come, until all are where they belong: moves take up to 30 s. */
const SETTLE_SECONDS = 35;
/** At the full rate before anything is measured: a plan follows the rate of the last 10 s, and moves take their time again. */
const ADAPT_SECONDS = 45;
/** Where the plan stays as it is. */
const WARM_SECONDS = 5;

/** A channel with so many members at such a rate, on the model of the platform. */
export async function simulateElastic(options: SimulationOptions, onProgress: (text: string) => void = () => undefined): Promise<Outcome> {
  const { costs, geography, growSeconds, members, messagesPerSecond, room, seconds, seed, staySeconds } = options;
  const platform = new Platform(costs, geography, seed);
  const leafRegions = Array.from({ length: 1_024 }, (_, leaf) => regionFor(geography, (leaf * 0.618_033_988_75) % 1));
  const world = new World(platform, {
    limits: options.limits,
    channel: channelLimits(channelSettings(DEFAULT_SETTINGS), 1, room ? "room" : "message"),
    ...(room && { room: { messagesPerSecond: Math.min(ROOM_LIMITS.roomRateDefault, messagesPerSecond * ROOM_TAKES) } }),
    log: options.log,
    hubRegion: options.hubRegion,
    leafRegion: (leaf, first) => ({ first: first?.region, hub: undefined, region: leafRegions[leaf] })[options.placement] ?? options.hubRegion,
  });
  const lastLeaves = finalPlan(options).leaves;
  const regionOf = (user: string): number | undefined => {
    const leaf = options.placement === "region" ? leafOf(user, lastLeaves) : HUB;
    return leaf === HUB ? undefined : leafRegions[leaf];
  };
  const rate = { growth: Math.min(messagesPerSecond, GROWTH_MESSAGES_PER_SECOND), full: messagesPerSecond };
  const crowd = new Crowd(world, {
    members,
    growSeconds,
    messagesPerSecond: rate.growth,
    staySeconds,
    sampled: Math.min(members, SAMPLED_MEMBERS),
    regionOf,
    ...(room && { shares: ROOM_SHARES }),
  });
  let second = 0;
  const runFor = async (length: number): Promise<void> => {
    for (const end = second + length; second < end; ) {
      second += 1;
      await platform.run(second * 1000);
      if (second % 5 === 0) onProgress(`${second} s: ${crowd.size} members, ${world.plan.leaves} leaves, ${world.plan.relays} relays`);
    }
  };
  crowd.start();
  await runFor(growSeconds + SETTLE_SECONDS);
  const arrival = usageOf(
    platform.threads.map(({ tally }) => ({ ...tally })),
    platform.workerRequests,
  );
  crowd.setRate(rate.full);
  crowd.churn();
  await runFor(lastLeaves === world.plan.leaves ? WARM_SECONDS : ADAPT_SECONDS);
  const before = { ...crowd.counts };
  crowd.reset();
  const lanesBefore = world.channel.counters.snapshot();
  for (const thread of platform.threads) thread.reset();
  platform.workerRequests = 0;
  crowd.killLeaves(options.leafDiesEverySeconds);
  await runFor(seconds);
  for (const thread of platform.threads) thread.close();
  if (platform.failures.length > 0) throw new Error("something failed in the simulation", { cause: platform.failures[0] });
  const { leaves, relays } = world.plan;
  const { counts, latency } = crowd;
  return outcomeOf({
    design: room ? "room" : "elastic",
    ...(room && { lanes: lanesOf(crowd, world, lanesBefore) }),
    members,
    messagesPerSecond,
    seconds,
    leaves,
    relays,
    platform,
    latency,
    arrival,
    counts: { ...counts },
    troubles: troublesOf(world, counts, before),
  });
}

/** What became of what was said, by priority. Of what is taken everybody hears everything: who lacks something shows as a gap. */
function lanesOf({ latencyOf, said }: Crowd, { channel }: World, before: ReturnType<World["channel"]["counters"]["snapshot"]>): Lane[] {
  const { dropped, taken } = channel.counters;
  return PRIORITIES.map((priority) => ({
    priority,
    said: said[priority],
    taken: taken[priority] - before.taken[priority],
    dropped: dropped[priority] - before.dropped[priority],
    p50Ms: latencyOf[priority].percentile(0.5) / 1000,
    p99Ms: latencyOf[priority].percentile(0.99) / 1000,
  }));
}

/** The plan that the product's own planner comes to. */
export function finalPlan({ members, messagesPerSecond, limits }: Pick<SimulationOptions, "members" | "messagesPerSecond" | "limits">): FanOutPlan {
  let plan = NO_LEAVES;
  for (let round = 0; round < 20; round++)
    plan = planFanOut({ sockets: members, users: members, framesPerSecond: messagesPerSecond }, plan, limits, round * 1e6).plan;
  return plan;
}

function troublesOf({ rowTrouble, unrecovered }: World, counts: Crowd["counts"], before: Crowd["counts"]): string[] {
  const troubles: string[] = [];
  const { largest, tooLarge } = rowTrouble;
  if (tooLarge > 0)
    troubles.push(
      `${tooLarge} rows would have been refused for their size: the platform takes ${ROW_BYTES_MAX / 1e6} MB, the largest had ${(largest / 1e6).toFixed(1)} MB`,
    );
  const gaps = counts.gaps + before.gaps;
  if (gaps > 0) troubles.push(`${gaps} gaps were seen, and mended by coming back`);
  if (unrecovered > 0) troubles.push(`${unrecovered} members came back too late for what they had missed`);
  const refusals = counts.refusals + before.refusals;
  if (refusals > 0) troubles.push(`${refusals} upgrades were refused, and tried again`);
  return troubles;
}
