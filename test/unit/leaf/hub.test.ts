import { describe, expect, it } from "vitest";
import { Pace } from "../../../src/domain/channel/pace.ts";
import { type FanOutPlan, NO_LEAVES } from "../../../src/domain/channel/relay-plan.ts";
import type { HubDeadline, HubPorts } from "../../../src/domain/leaf/hub-ports.ts";
import type { Change, Listed, Look, Report, Up, UpAnswer } from "../../../src/domain/leaf/messages.ts";
import { digestOf, type Seat } from "../../../src/domain/leaf/roll.ts";
import { ChannelHarness } from "../../support/memory-channel.ts";
import { planOf, userWho } from "./leaf-ports.ts";

/** A hub whose leaves are the test. */
class HubUnderTest {
  readonly harness: ChannelHarness;
  readonly #reports = new Map<number, number>();
  readonly #lists = new Map<number, Seat[]>();
  plan: FanOutPlan;
  readonly deadlines = new Map<HubDeadline, number>();
  countedMembers = Number.POSITIVE_INFINITY;
  looks: (leaf: number, look: Look) => Listed[] = () => [];
  /** Children that were called with something for their members. */
  readonly told: string[] = [];

  /** `reachable`: children that answer. */
  constructor(plan: FanOutPlan, reachable: readonly string[] = []) {
    this.plan = plan;
    const ports: HubPorts = {
      now: () => this.#now(),
      random: () => 0,
      call: async (child, { controls, epoch, upTo }) => {
        if (!reachable.includes(child)) throw new Error("lost");
        if (controls.length > 0) this.told.push(child);
        return { life: child, epoch, seq: upTo, no: 0, settled: true, version: plan.version, leaves: [] };
      },
      look: async (leaf, look) => this.looks(Number(leaf), look),
      background: () => undefined,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms > 1_000 ? 20 : 0)),
      plan: () => this.plan,
      keepPlan: (kept) => {
        this.plan = kept;
      },
      settings: () => undefined,
      life: () => "hub life",
      limits: () => ({
        ...{ hubMembers: 10, leafMembers: 10, deliveriesPerSecond: 15_000, leavesWithoutRelays: 64, countedMembers: this.countedMembers },
        ...{ shrinkAfterMs: 60_000, moveGraceMs: 10_000 },
      }),
      deadline: (name, at) => void (at === undefined ? this.deadlines.delete(name) : this.deadlines.set(name, at)),
    };
    this.harness = new ChannelHarness({}, undefined, new Pace(), ports);
  }

  /** Asked while the harness is being made, too. */
  #now(): number {
    return (this.harness as ChannelHarness | undefined)?.now ?? 1_000_000;
  }

  /** A leaf's report; returned, so that it can come again. */
  report(leaf: number, ...changes: Change[]): Report {
    const before = this.#lists.get(leaf) ?? [];
    const after = before.filter((seat) => !changes.some(({ user }) => user === seat.user));
    for (const { is, ...seat } of changes) if (is === "in") after.push(seat);
    const no = (this.#reports.get(leaf) ?? 0) + 1;
    this.#reports.set(leaf, no);
    this.#lists.set(leaf, after);
    const report = { no, base: digestOf(before), changes, after: digestOf(after) };
    void this.hear(leaf, report);
    return report;
  }

  hear(leaf: number, report: Report, life = `life ${leaf}`, sockets = 1): Promise<UpAnswer> | undefined {
    const call: Up = { leaf, life, version: this.plan.version, sockets, publishes: [], report, register: false };
    return this.harness.channel.hub?.up(call);
  }

  /** Users in the channel when every lease has ended. */
  members(): string[] {
    this.harness.pass(40_000);
    return this.harness.channel.lookup.listedPage(undefined, 100).members.map(({ user }) => user);
  }
}

const change = (is: Change["is"], user: string, generation = 1): Change => ({ is, user, device: "d", generation });

describe("a device that two leaves name", () => {
  it("[EL1] stays a member where it has come to, whichever leaf reports first", () => {
    const ann = userWho(0, 2, 2, 3);
    for (const arrives of ["first", "last"]) {
      const hub = new HubUnderTest(planOf(2, 3));
      hub.report(0, change("in", ann));
      if (arrives === "first") hub.report(2, change("in", ann));
      hub.report(0, change("lost", ann));
      if (arrives === "last") hub.report(2, change("in", ann));
      expect(hub.members()).toEqual([ann]);
      hub.report(2, change("left", ann));
      expect(hub.members()).toEqual([]);
    }
  });

  it("[EL1] stays one where the word of the place it left comes after the word of the place it came to", () => {
    const ann = userWho(0, 2, 2, 3);
    const hub = new HubUnderTest(planOf(2, 3));
    hub.report(2, change("in", ann));
    hub.report(0, change("in", ann));
    hub.report(0, change("lost", ann));
    expect(hub.members()).toEqual([ann]);
  });

  it("[EL1] stays one where it was seated last, if the hub's plan has it in neither place", () => {
    const ann = userWho(1, 3, 1, 4);
    const hub = new HubUnderTest(planOf(2, 3));
    hub.report(0, change("in", ann));
    hub.report(2, change("in", ann));
    hub.report(2, change("lost", ann));
    expect(hub.members()).toEqual([ann]);
    hub.report(0, change("lost", ann));
    expect(hub.members()).toEqual([]);
  });

  it("[EL1] is a member again where the hub put it out and the next life of its leaf has it", async () => {
    const hub = new HubUnderTest(planOf(2, 1));
    hub.report(0, change("in", "ann"));
    void hub.harness.channel.leave("ann", "d");
    const after = digestOf([{ user: "ann", device: "d", generation: 1 }]);
    const anew: Report = { no: 1, base: digestOf([]), changes: [change("in", "ann")], after };
    // It starts from another list, so the whole is asked for.
    expect(await hub.hear(0, anew, "another life")).toMatchObject({ roll: true });
    await hub.hear(0, { ...anew, no: 2, base: undefined }, "another life");
    expect(hub.members()).toEqual(["ann"]);
  });

  it("[EL9] comes back unnoticed although the hub dies before that is written: its next life calls its leaves", () => {
    const hub = new HubUnderTest(planOf(1, 2));
    hub.report(0, change("in", "ann"));
    expect(hub.deadlines.get("sync")).toBe(hub.harness.now + 5_000);
  });

  it("[EL1] is not brought back by a report that was on its way for so long that later ones were taken", () => {
    const hub = new HubUnderTest(planOf(2, 1));
    const late = hub.report(0, change("in", "ann"));
    hub.report(0, change("left", "ann"));
    void hub.hear(0, late);
    expect(hub.members()).toEqual([]);
  });
});

describe("the end of a subscription on a leaf", () => {
  const revocation = { user: "ann", device: "", generation: 1, until: 2_000_000 };
  const close = { code: 4204, reason: "kicked" };
  const behindRelay = { ...planOf(2, 1), relays: 1 };

  it("[EL7] is told to the leaf itself, past its relay, which answers before its leaves have heard", async () => {
    const hub = new HubUnderTest(behindRelay, ["r0", "0"]);
    hub.report(0, change("in", "ann"));
    expect(await hub.harness.channel.revoke(revocation, close)).toBe(true);
    expect(hub.told.sort()).toEqual(["0", "r0"]);
  });

  it("[EL7] is not said to be told where the leaf does not answer in time", async () => {
    for (const reachable of [["r0"], []]) {
      const hub = new HubUnderTest(behindRelay, reachable);
      hub.report(0, change("in", "ann"));
      expect(await hub.harness.channel.revoke(revocation, close)).toBe(false);
    }
    const small = new HubUnderTest(planOf(0, 0));
    expect(await small.harness.channel.revoke(revocation, close)).toBe(true);
  });
});

describe("a hub whose stream begins anew", () => {
  it("[EL1] has a newer plan, with the epoch, before anybody is called", () => {
    const hub = new HubUnderTest(planOf(2, 1));
    const { epoch } = hub.harness.channel.log;
    expect(hub.plan).toMatchObject({ version: 3, epoch });
    hub.harness.lose();
    expect(hub.plan).toMatchObject({ version: 3, epoch });
    hub.harness.log.setMeta({ epoch, exported: 0, dirty: true });
    hub.harness.lose();
    expect(hub.harness.channel.log.epoch).not.toBe(epoch);
    expect(hub.plan).toMatchObject({ version: 4, epoch: hub.harness.channel.log.epoch });
  });
});

describe("a channel whose members are counted", () => {
  const grown = () => {
    const hub = new HubUnderTest(planOf(5, 2));
    const [a = "", b = ""] = [userWho(0, 2, 0, 3), userWho(1, 2, 1, 3)];
    const there = new Map([
      [0, [a]],
      [1, [b]],
    ]);
    hub.looks = (leaf, look) =>
      (there.get(leaf) ?? [])
        .filter((user) => ("users" in look ? look.users.includes(user) : look.after === undefined || user > look.after))
        .map((user) => ({ user, joinedAt: 1, seats: [{ device: "d", generation: 1 }] }));
    hub.countedMembers = 2;
    const listener = hub.harness.join("listener");
    hub.report(0, change("in", a));
    hub.report(1, change("in", b));
    hub.harness.pass(1_000);
    hub.harness.channel.hub?.evaluate();
    return { hub, a, b, there, listener };
  };

  it("[EL15] leaves its leaves the names as each of them has counted its own, and nobody is told of a leave", async () => {
    const { hub, a, b, listener } = grown();
    expect(hub.plan.counted).toBe(true);
    const { channel } = hub.harness;
    expect(channel.members).toBe(3);
    // The old way, from a leaf that has not heard of it.
    expect(await hub.hear(0, { no: 7, base: undefined, changes: [change("in", a)], after: digestOf([]) })).toMatchObject({ roll: true });
    for (const leaf of [0, 1]) expect(await hub.hear(leaf, { no: 8, users: 1 })).toMatchObject({ roll: false });
    expect(channel.members).toBe(3);
    expect(channel.lookup.listedPage(undefined, 10).members.map(({ user }) => user)).toEqual(["listener"]);
    hub.harness.pass(60_000);
    expect(listener.notices("channel.left")).toEqual([]);
    expect(
      hub.harness.roster
        .chunks()
        .flat()
        .map(({ user }) => user),
    ).toEqual(["listener"]);
    expect(channel.lookup.has("listener")).toBe(true);
    expect(await Promise.all([a, b, "nobody"].map((user) => channel.lookup.has(user)))).toEqual([true, true, false]);
    const all: string[] = [];
    for (let after: string | undefined, pages = 0; pages === 0 || after !== undefined; pages++) {
      const page = await channel.lookup.page(after, 2);
      expect(page.total).toBe(3);
      all.push(...page.members.map(({ user }) => user));
      after = page.next;
    }
    expect(all.sort()).toEqual([a, b, "listener"].sort());
  });

  it("[EL15] keeps in its list who has to be known by name, from the turn on in which that is so, until its leaf says that it has gone", async () => {
    const { hub, a, listener } = grown();
    const { channel } = hub.harness;
    const names: string[] = [];
    hub.harness.names = names;
    for (const leaf of [0, 1]) await hub.hear(leaf, { no: 8, users: 1 });
    hub.harness.pass(1_000);
    const listed = () =>
      hub.harness.channel.lookup
        .listedPage(undefined, 10)
        .members.map(({ user }) => user)
        .sort();
    const [seat] = (await channel.lookup.find([a])) ?? [];
    expect(seat).toMatchObject({ user: a, via: "leaf", leaf: 0, device: "d", generation: 1 });
    names.push(a);
    channel.lookup.list(seat === undefined ? [] : [seat]);
    channel.hub?.renamed();
    const { named } = hub.plan;
    expect(named).toBe(hub.plan.version);
    // Written in that turn: it may be the object's last.
    hub.harness.lose([listener]);
    expect(listed()).toEqual([a, "listener"].sort());
    // Its leaf has not heard of it yet, and counts it.
    await hub.hear(0, { no: 1, users: 1, namedBy: 5 }, "next");
    expect(listed()).toEqual([a, "listener"].sort());
    await hub.hear(0, { no: 2, users: 0, named: [{ user: a, device: "d", generation: 1 }], namedBy: named }, "next");
    expect(hub.harness.channel.members).toBe(3);
    expect(hub.harness.channel.lookup.find([a])).toBeUndefined();
    await hub.hear(0, { no: 3, users: 0, namedBy: named, left: [{ user: a, device: "d", generation: 1 }] }, "next");
    hub.harness.pass(1_000);
    expect(listed()).toEqual(["listener"]);
    expect(hub.harness.gone).toEqual([a]);
  });

  it("[RC14] tells its leaf who may not be in of those who come, also where its answer got lost", async () => {
    const { hub, a } = grown();
    hub.harness.barred = new Set([a]);
    const report: Report = { no: 8, users: 1, came: [a, "other"] };
    for (let time = 0; time < 2; time++) expect(await hub.hear(0, report)).toMatchObject({ out: [{ user: a, reason: "not this one" }] });
    expect(await hub.hear(0, { no: 9, users: 1, came: ["other"] })).not.toHaveProperty("out");
  });

  it("[EL15] knows their number in its next life", async () => {
    const { hub } = grown();
    for (const leaf of [0, 1]) await hub.hear(leaf, { no: 8, users: 40 });
    hub.harness.pass(1_000);
    hub.harness.lose();
    expect(hub.harness.channel.members).toBe(81);
  });

  it("[EL16] is told names again a lease after the last leaf has named its own, beginning with who is there", async () => {
    const { hub, a, b, listener } = grown();
    for (const leaf of [0, 1]) await hub.hear(leaf, { no: 8, users: 1 });
    hub.countedMembers = Number.POSITIVE_INFINITY;
    hub.harness.pass(1_000);
    hub.harness.channel.hub?.evaluate();
    expect(hub.plan.counted).not.toBe(true);
    await hub.hear(0, { no: 9, base: undefined, changes: [change("in", a)], after: digestOf([change("in", a)]) });
    expect(hub.deadlines.has("names")).toBe(false);
    await hub.hear(1, { no: 9, base: undefined, changes: [], after: digestOf([]) });
    const { leaseMs } = hub.harness.limits;
    expect(hub.deadlines.get("names")).toBe(hub.harness.now + leaseMs);
    hub.harness.pass(leaseMs / 2);
    // It was on its way from one leaf to the other.
    await hub.hear(1, { no: 10, base: digestOf([]), changes: [change("in", b)], after: digestOf([change("in", b)]) });
    hub.harness.pass(leaseMs / 2);
    const told = [...listener.notices("channel.joined")].length;
    hub.harness.channel.due("names");
    hub.harness.pass(2_000);
    expect(listener.notices("channel.joined")).toHaveLength(told);
    expect(listener.notices("channel.members").at(-1)).toMatchObject({ users: expect.arrayContaining([a, b, "listener"]), count: 3 });
    await hub.hear(1, { no: 11, base: digestOf([change("in", b)]), changes: [change("left", b)], after: digestOf([]) });
    hub.harness.pass(2_000);
    expect(listener.notices("channel.left").at(-1)).toMatchObject({ users: [b] });
  });
});

describe("a channel in which much happens within a moment, and then nothing", () => {
  it("[EL4] is spread as soon as there are too many for it", () => {
    const hub = new HubUnderTest(NO_LEAVES);
    for (let n = 0; n < 11; n++) hub.harness.join(`user ${n}`);
    expect(hub.plan).toMatchObject({ leaves: 2 });
  });

  it("[EL4] shrinks a minute after there are too few for its leaves", async () => {
    const hub = new HubUnderTest(planOf(5, 2));
    for (const [leaf, sockets] of [
      [0, 9],
      [1, 9],
      [0, 1],
      [1, 1],
    ] as const)
      await hub.hear(leaf, { no: 1, base: digestOf([]), changes: [], after: digestOf([]) }, `life ${leaf}`, sockets);
    expect(hub.deadlines.get("plan")).toBe(hub.harness.now + 60_001);
    hub.harness.pass(60_001);
    hub.harness.channel.due("plan");
    expect(hub.plan).toMatchObject({ leaves: 0 });
  });
});

describe("the flushes of a channel with hundreds of leaves", () => {
  const flushedAfter = (leaves: number, secondAfterMs: number): number => {
    const { harness } = new HubUnderTest(planOf(5, leaves));
    harness.publish("ann", 1, "one");
    harness.pass(secondAfterMs);
    const rows = harness.log.rows;
    harness.publish("ann", 2, "two");
    for (let ms = 0; ; ms++) {
      if (harness.log.rows > rows) return ms;
      harness.pass(1);
    }
  };

  it("[EL14] are a quarter of a millisecond apart for each leaf, an eighth of a second at most; a quiet channel waits for nothing", () => {
    expect(flushedAfter(400, 20)).toBe(80);
    expect(flushedAfter(10_000, 20)).toBe(105);
    expect(flushedAfter(400, 110)).toBe(0);
    expect(flushedAfter(8, 50)).toBe(0);
  });
});
