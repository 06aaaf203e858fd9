import { describe, expect, it } from "vitest";
import { Crowd } from "../../../bench/simulate/channel/crowd.ts";
import { World } from "../../../bench/simulate/channel/world.ts";
import { FAN_OUT_LIMITS } from "../../../bench/simulate/elastic.ts";
import { NAIVE_DESIGNS } from "../../../bench/simulate/naive.ts";
import { Agenda } from "../../../bench/simulate/platform/agenda.ts";
import { COSTS } from "../../../bench/simulate/platform/costs.ts";
import { Platform } from "../../../bench/simulate/platform/platform.ts";
import { billFor } from "../../../bench/simulate/platform/prices.ts";
import { ATLANTIC, LOOPBACK, WORLD } from "../../../bench/simulate/platform/regions.ts";
import { DEFAULT_SETTINGS } from "../../../src/protocol/settings.ts";
import { channelLimits, channelSettings } from "../../../src/server/objects/channel/limits.ts";
import { randomFrom } from "../../support/random.ts";

describe("the model of the platform", () => {
  it("[BE17] things happen by their time, and of one moment in the order they were planned", () => {
    const agenda = new Agenda();
    const random = randomFrom(3);
    const planned = Array.from({ length: 500 }, (_, turn) => ({ at: Math.floor(random() * 50), turn }));
    for (const { at } of planned) agenda.add(at, () => undefined);
    const taken = planned.map(() => agenda.take());
    expect(taken.map((one) => ({ at: one?.at, turn: one?.turn }))).toEqual(planned.toSorted((a, b) => a.at - b.at || a.turn - b.turn));
    expect(agenda.take()).toBeUndefined();
  });

  it("[BE17] an object does one thing at a time: what comes while it is busy waits, and what it sends leaves in turn", async () => {
    const platform = new Platform(COSTS, LOOPBACK, 1);
    const thread = platform.object("one", "leaf", 0);
    const happened: string[] = [];
    const say = (name: string) => () => happened.push(`${name} ${thread.time}`);
    platform.at(10, () => thread.arrive(4_000, say("first")));
    platform.at(11, () =>
      thread.arrive(1_000, () => {
        say("second")();
        thread.spend(2_000);
        say("later in the second")();
      }),
    );
    platform.at(12, () => thread.arrive(0, say("third")));
    await platform.run(100);
    // An event's own cost is paid before what it does, and the next begins when it is over.
    expect(happened).toEqual(["first 14", "second 15", "later in the second 17", "third 17"]);
    expect(thread.tally.busyMs).toBe(7);
  });

  it("[BE18] a call costs both ends and takes the way twice", async () => {
    const platform = new Platform(COSTS, ATLANTIC, 1);
    const [here, there] = [platform.object("here", "hub", 0), platform.object("there", "leaf", 2)];
    let answeredAt = 0;
    platform.at(0, () =>
      here.arrive(0, () => {
        void platform
          .call(
            here,
            () => there,
            1_000,
            () => "yes",
          )
          .then((answer) => {
            expect(answer).toBe("yes");
            answeredAt = here.time;
          });
      }),
    );
    await platform.run(1_000);
    expect(answeredAt).toBeCloseTo(80 + (COSTS.callOutUs + COSTS.callInUs + COSTS.replyUs + COSTS.answerUs + 2 * COSTS.perKbUs) / 1000, 3);
    expect([here.tally.callsOut, there.tally.requests]).toEqual([1, 1]);
    expect(here.tally.awakeMs).toBeCloseTo(answeredAt, 1);
  });

  it("[BE18] who calls an object that ends meanwhile hears that it is gone, once", async () => {
    const platform = new Platform(COSTS, LOOPBACK, 1);
    const [here, there] = [platform.object("here", "hub", 0), platform.object("there", "leaf", 0)];
    const heard: string[] = [];
    const never = new Promise<string>(() => undefined);
    const call = (): void =>
      void platform
        .call(
          here,
          () => there,
          0,
          () => never,
        )
        .catch((error: Error) => heard.push(error.message));
    platform.at(0, () => here.arrive(0, call));
    platform.at(10, () => platform.end(there));
    platform.at(20, () => here.arrive(0, call));
    await platform.run(100);
    expect(heard).toEqual(["the object is gone", "the object is gone"]);
  });

  it("[BE21] bills are those of the price list", () => {
    const bill = billFor({ objectRequests: 1e6, socketMessages: 20e6, workerRequests: 1e6, rowsWritten: 1e6, rowsRead: 0, awakeSeconds: 1e6 });
    expect(bill).toMatchObject({ requests: 0.15, socketMessages: 0.15, rows: 1 });
    expect(bill.workers).toBeCloseTo(0.31, 6);
    expect(bill.duration).toBeCloseTo(1.6, 6);
    expect(bill.total).toBeCloseTo(0.15 + 0.15 + 0.31 + 1 + 1.6, 6);
  });
});

async function channelOf(members: number, seed: number) {
  const platform = new Platform(COSTS, WORLD, seed);
  const world = new World(platform, {
    limits: { ...FAN_OUT_LIMITS, hubMembers: 20, leafMembers: 20, leavesWithoutRelays: 8 },
    channel: channelLimits(channelSettings(DEFAULT_SETTINGS), 1),
    log: "durable",
    hubRegion: 0,
    leafRegion: (_leaf, first) => first?.region ?? 0,
  });
  const crowd = new Crowd(world, { members, growSeconds: 10, messagesPerSecond: 5, staySeconds: 60, sampled: members, regionOf: () => undefined });
  crowd.start();
  await platform.run(30_000);
  crowd.churn();
  crowd.killLeaves(4);
  await platform.run(60_000);
  return { platform, world, crowd };
}

describe("a simulated channel", () => {
  it("[BE19] runs the product's own code: it spreads over leaves and relays, and members miss nothing for good", async () => {
    const { platform, world, crowd } = await channelOf(200, 1);
    expect(platform.failures).toEqual([]);
    expect(world.plan.leaves).toBeGreaterThan(8);
    expect(world.plan.relays).toBeGreaterThan(0);
    expect(crowd.counts.reconnects).toBeGreaterThan(50);
    // Whoever lacks something sees the gap, comes back with its place, and gets it.
    expect(world.unrecovered).toBe(0);
    const { delivered, published } = crowd.counts;
    expect(delivered / published).toBeGreaterThan(150);
    expect(world.hub.tally.rows).toBeGreaterThan(published / 3);
  });

  it("[BE20] two runs of a seed are one, and another seed is another", async () => {
    const outcome = async (seed: number) => {
      const { platform, crowd } = await channelOf(60, seed);
      return { counts: crowd.counts, p99: crowd.latency.percentile(0.99), tallies: platform.threads.map(({ name, tally }) => ({ name, tally })) };
    };
    const first = await outcome(5);
    expect(await outcome(5)).toEqual(first);
    expect(await outcome(6)).not.toEqual(first);
  });
});

describe("a simulated room", () => {
  it("[BE24] takes messages by the product's own pace and lanes: high priorities all, of the others what there is room for, the rest counted", async () => {
    const platform = new Platform(COSTS, WORLD, 1);
    const world = new World(platform, {
      limits: { ...FAN_OUT_LIMITS, hubMembers: 20, leafMembers: 20, countedMembers: Number.POSITIVE_INFINITY },
      channel: channelLimits(channelSettings(DEFAULT_SETTINGS), 1, "room"),
      log: "durable",
      hubRegion: 0,
      leafRegion: (_leaf, first) => first?.region ?? 0,
      room: { messagesPerSecond: 15 },
    });
    const shares = { high: 0.2, normal: 0.3, low: 0.5 };
    const crowd = new Crowd(world, {
      members: 100,
      growSeconds: 10,
      messagesPerSecond: 0.001,
      staySeconds: 60,
      sampled: 100,
      regionOf: () => undefined,
      shares,
    });
    crowd.start();
    await platform.run(50_000);
    const messages = 400;
    for (let count = 0; count < messages; count++) platform.after((count * 1000) / 20, () => crowd.publishFrom(count % 100));
    await platform.run(80_000);
    expect(platform.failures).toEqual([]);
    expect(world.plan.leaves).toBeGreaterThan(4);
    const { dropped, taken } = world.channel.counters;
    for (const priority of ["high", "normal", "low"] as const) expect(taken[priority] + dropped[priority], priority).toBe(crowd.said[priority]);
    expect(dropped.high).toBe(0);
    expect(dropped.low).toBeGreaterThan(50);
    // Whoever was there has heard all that was taken.
    expect(crowd.counts.delivered).toBe(world.channel.log.head * 100);
    expect(crowd.latencyOf.high.total).toBe(taken.high * 100);
  });
});

describe("designs without thought", () => {
  it("[BE22] what one object cannot do has no latency, and the bill of doing it all", async () => {
    const options = { members: 1_000_000, messagesPerSecond: 30, seed: 1, seconds: 1, geography: WORLD, costs: COSTS };
    const [oneObject, callPerMember] = await Promise.all(NAIVE_DESIGNS.map((design) => design(options)));
    expect(oneObject?.latencyMs.p99).toBe(Number.POSITIVE_INFINITY);
    expect(oneObject?.hottest.busy).toBeGreaterThan(100);
    expect(oneObject?.troubles.join()).toContain("32768");
    // 30 million calls a second for two hours, at 15 cents a million.
    expect(callPerMember?.bills.twoHours).toBeGreaterThan(32_400);
    expect(callPerMember?.bills.twoHours).toBeLessThan(60_000);
  });
});
