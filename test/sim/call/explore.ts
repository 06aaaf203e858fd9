import { createHash } from "node:crypto";
import { type Budget, type Choice, choices, NONE, settleMicrotasks } from "./run.ts";
import { aftermath } from "./verdict.ts";
import type { World } from "./world.ts";

export interface Exploration {
  readonly states: number;
  readonly ends: number;
  /** Every state was seen; otherwise the bound ended it. */
  readonly whole: boolean;
  readonly fault?: string | undefined;
}

interface Run {
  readonly world: World;
  readonly spent: Budget;
  /** How a user's object stood when it last worked on nothing, and what has come to it since. */
  readonly histories: Map<string, string>;
  readonly path: string[];
}

/**
 * Every order in which things may happen, by doing it again from the start for each branch. Two orders lead to the same state when
 * calls, users and messages under way are alike; of a user's object in the middle of its work, when the same things have come to it
 * in the same order since it had last nothing to do. Each state is gone on from once.
 */
export async function explore(
  make: () => World,
  budget: Readonly<Budget>,
  statesMax: number,
  expected: (world: World) => string[] = () => [],
): Promise<Exploration> {
  const seen = new Set<string>();
  const open: number[][] = [[]];
  let ends = 0;
  while (open.length > 0) {
    const trail = open.pop() as number[];
    const run = await replay(make, budget, trail);
    for (;;) {
      const next = choices(run.world, budget, run.spent);
      const key = keyOf(run);
      if (seen.has(key)) break;
      seen.add(key);
      if (seen.size > statesMax) return { states: seen.size, ends, whole: false };
      if (run.world.faults.length > 0) return failure(seen.size, ends, run, run.world.faults);
      // Whatever may still happen, rest may come from here.
      if (next.length === 0 || !run.world.network.isBusy) {
        ends += 1;
        const { world } = await replay(make, budget, trail);
        const faults = [...(await aftermath(world)), ...expected(world)];
        if (faults.length > 0) return failure(seen.size, ends, run, faults);
      }
      if (next.length === 0) break;
      for (let index = next.length - 1; index > 0; index--) open.push([...trail, index]);
      trail.push(0);
      await step(run, next[0] as Choice);
    }
  }
  return { states: seen.size, ends, whole: true };
}

async function replay(make: () => World, budget: Readonly<Budget>, trail: readonly number[]): Promise<Run> {
  const run: Run = newRun(make);
  for (const index of trail) await step(run, choices(run.world, budget, run.spent)[index] as Choice);
  return run;
}

async function step(run: Run, { label, at, take }: Choice): Promise<void> {
  const { world, histories } = run;
  run.path.push(label);
  // Time is everybody's.
  for (const name of at === "*" ? histories.keys() : [at]) if (histories.has(name)) histories.set(name, `${histories.get(name)}|${world.now} ${label}`);
  take();
  await settleMicrotasks();
  for (const user of world.users.values()) if (user.working === 0) histories.set(user.name, JSON.stringify(world.standingOfUser(user)));
}

function newRun(make: () => World): Run {
  const world = make();
  const histories = new Map([...world.users.values()].map((user) => [user.name, JSON.stringify(world.standingOfUser(user))]));
  return { world, spent: { ...NONE }, histories, path: [] };
}

function keyOf({ world, spent, histories }: Run): string {
  const calls = [...world.calls].map(([name, call]) => [name, world.standingOfCall(call)]).sort();
  return digest(JSON.stringify([world.now, spent, calls, [...histories.values()], world.network.underWay.map(({ label }) => label).sort()]));
}

const digest = (text: string): string => createHash("sha1").update(text).digest("base64");

const failure = (states: number, ends: number, { path }: Run, faults: readonly string[]): Exploration => ({
  states,
  ends,
  whole: false,
  fault: `${faults.join("\n")}\nafter\n${path.join("\n")}`,
});

/** One run with everything at random, the same for a seed. */
export async function randomRun(make: () => World, budget: Readonly<Budget>, random: () => number, steps: number): Promise<string | undefined> {
  const run: Run = newRun(make);
  for (let count = 0; count < steps; count++) {
    const next = choices(run.world, budget, run.spent);
    if (next.length === 0) break;
    await step(run, next[Math.floor(random() * next.length)] as Choice);
    if (run.world.faults.length > 0) break;
  }
  const faults = run.world.faults.length > 0 ? run.world.faults : await aftermath(run.world);
  return faults.length === 0 ? undefined : `${faults.join("\n")}\nafter\n${run.path.join("\n")}`;
}
