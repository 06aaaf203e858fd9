import { describe, expect, it } from "vitest";
import { randomFrom } from "../../support/random.ts";
import { explore, randomRun } from "./explore.ts";
import { type Budget, NONE } from "./run.ts";
import { type Wish, World } from "./world.ts";

const FULL = process.env.WIGWAG_FULL !== undefined;
/** The same every time unless the environment names one; printed, so that a failure can be had again. */
const SEED = Number(process.env.WIGWAG_SEED ?? "20260101");
/** Of each plan. */
const RUNS = FULL ? 40_000 : 800;
const STATES_MAX = FULL ? 100_000 : 20_000;

const LOW = "1";
const HIGH = "2";
const invite = (call: string, ...to: string[]): Wish => ({ do: "invite", call, to });
const wish = (what: Exclude<Wish["do"], "invite">, call: string): Wish => ({ do: what, call });

type Plan = ConstructorParameters<typeof World>[0];
const GLARE: Plan = { ann: { a1: [invite(LOW, "bob")] }, bob: { b1: [invite(HIGH, "ann")] } };
const PAIR: Plan = { ann: { a1: [invite(LOW, "bob")] }, bob: { b1: [wish("accept", LOW)] } };
const LEFT: Plan = { ann: { a1: [invite(LOW, "bob"), wish("leave", LOW)] }, bob: PAIR.bob ?? {} };
const ANSWERED: Plan = {
  ann: { a1: [invite(LOW, "bob"), wish("leave", LOW)] },
  bob: { b1: [wish("ringing", LOW), wish("accept", LOW)], b2: [wish("accept", LOW)] },
};
const REFUSED: Plan = { ann: { a1: [invite(LOW, "bob"), wish("leave", LOW)] }, bob: { b1: [wish("accept", LOW)], b2: [wish("refuse", LOW)] } };
const GROUP: Plan = { ann: { a1: [invite(LOW, "bob", "cy")] }, bob: { b1: [wish("accept", LOW), wish("leave", LOW)] }, cy: { c1: [wish("accept", LOW)] } };
const BUSY: Plan = { ann: { a1: [invite(LOW, "bob")] }, bob: { b1: [wish("accept", LOW)] }, cy: { c1: [invite(HIGH, "bob")] } };

/** For random orders: longer, and with devices that come late. */
const RANDOM: Readonly<Record<string, Plan>> = {
  "two call each other": {
    ann: { a1: [invite(LOW, "bob"), wish("leave", LOW)], a2: [wish("accept", HIGH)] },
    bob: { b1: [invite(HIGH, "ann")], b2: [wish("ringing", LOW), wish("accept", LOW), wish("leave", LOW)] },
  },
  "a call moves between devices": {
    ann: { a1: [invite(LOW, "bob"), wish("leave", LOW)], a2: [wish("take-over", LOW), wish("leave", LOW)] },
    bob: { b1: [wish("ringing", LOW), wish("accept", LOW), wish("take-over", LOW)], b2: [wish("accept", LOW), wish("take-over", LOW)] },
  },
  "three, of whom each may come late": {
    ann: { a1: [invite(LOW, "bob", "cy"), wish("leave", LOW)] },
    bob: { b1: [wish("refuse", LOW), wish("accept", LOW)], b2: [wish("accept", LOW), wish("leave", LOW)] },
    cy: { c1: [wish("ringing", LOW), wish("accept", LOW), wish("leave", LOW), wish("accept", LOW)], c2: [invite(HIGH, "bob")] },
  },
};

interface Model {
  readonly name: string;
  readonly plan: Plan;
  /** What must have become of it, beside what is always true. */
  readonly expected?: (world: World) => string[];
  readonly budget?: Partial<Budget>;
}
const MODELS: readonly Model[] = [
  { name: "two call each other", plan: GLARE, expected: oneCall },
  { name: "two devices answer", plan: { ann: { a1: [invite(LOW, "bob")] }, bob: { b1: [wish("accept", LOW)], b2: [wish("accept", LOW)] } } },
  { name: "one device answers, another refuses, the caller gives up", plan: REFUSED },
  { name: "a third one is busy", plan: BUSY },
  { name: "one calls and one answers, and a device vanishes", plan: PAIR, budget: { lostDevices: 1 } },
  { name: "one calls and one answers, and an object dies", plan: PAIR, budget: { crashes: 1 } },
  { name: "one calls and one answers, an object dies, and a device vanishes", plan: PAIR, budget: { crashes: 1, lostDevices: 1 } },
];
/** All of their orders, too. */
const DEEP: readonly Model[] = [{ name: "one calls and leaves, one answers, and an object dies", plan: LEFT, budget: { crashes: 1 } }];
/** Too many orders for all of them: as many as the bound allows. */
const LONG: readonly Model[] = [
  { name: "two call each other, and an object dies", plan: GLARE, budget: { crashes: 1 }, expected: oneCall },
  { name: "two call each other, and a message comes twice", plan: GLARE, budget: { repeats: 1 }, expected: oneCall },
  { name: "two devices answer, one of which has rung, and the caller leaves", plan: ANSWERED },
  { name: "two devices answer, and time passes", plan: ANSWERED, budget: { haste: 1, waits: 2 } },
  { name: "one device answers, another refuses, the caller gives up, and time passes", plan: REFUSED, budget: { haste: 1 } },
  { name: "two are called", plan: GROUP },
  { name: "two call each other, an object dies, time passes, a device vanishes", plan: GLARE, budget: { crashes: 1, haste: 1, lostDevices: 1 } },
  { name: "two devices answer, two objects die", plan: ANSWERED, budget: { crashes: 2 } },
  { name: "two devices answer, a call fails, a message comes twice", plan: ANSWERED, budget: { failures: 1, repeats: 1 } },
  { name: "two are called, and an object dies", plan: GROUP, budget: { crashes: 1 } },
];

/** Two who have called each other, and whom nothing keeps apart, are in one call; if there was another, it has given way. */
function oneCall(world: World): string[] {
  const states = [...world.calls.values()].flatMap(({ kept }) => kept?.state ?? []);
  // An invitation that was never said calls nobody back.
  if ([...world.users.values()].some(({ devices }) => devices.some(({ wishes }) => wishes.length > 0))) return [];
  const ends = states.map(({ end, answered }) => end ?? (answered ? "goes on" : "rings")).sort();
  return ["goes on", "goes on,merged"].includes(ends.join()) ? [] : [`two who call each other have these calls: ${ends.join()}`];
}

describe("a call, whatever order things happen in", () => {
  for (const { name, plan, budget, expected } of FULL ? [...MODELS, ...DEEP, ...LONG] : MODELS) {
    it(`[CL40] ${name}: orders end well`, { timeout: 1_200_000 }, async () => {
      const started = performance.now();
      const found = await explore(() => new World(plan, true), { ...NONE, ...budget }, STATES_MAX, expected);
      console.log(`${name}: ${found.states} states, ${found.ends} ends, ${Math.round(performance.now() - started)} ms`);
      expect(found.fault).toBeUndefined();
      if (!LONG.some((model) => model.name === name)) expect(found.whole).toBe(true);
    });
  }

  it.each(Object.entries(RANDOM))(
    `[CL41] ${RUNS} random orders, with kills, lost sockets, repeats and failures, end well: %s`,
    { timeout: 1_200_000 },
    async (_name, plan) => {
      const random = randomFrom(SEED);
      for (let run = 0; run < RUNS; run++) {
        const fault = await randomRun(() => new World(plan), { crashes: 2, repeats: 2, failures: 2, lostDevices: 1, haste: 3, waits: 5 }, random, 80);
        expect(fault, `seed ${SEED}, run ${run}`).toBeUndefined();
      }
    },
  );
});
