import { describe, expect, it } from "vitest";
import { LEAF_MUTATIONS } from "../../../prove/builds/leaf-mutations.ts";
import type { Mutation } from "../../../prove/builds/mutation.ts";
import { MUTATIONS } from "../../../prove/builds/mutations.ts";
import { type SimulationOptions, simulate } from "./simulate.ts";

/** Measured: each is found within thirty, but for a replay that brings what is known, for which the cut has to come amid a page: within 130; those that need leaves within 24. */
const RUNS_MAX = 240;
const HOUR_MS = 3_600_000;

async function finds({ name, patches, caughtBy }: Mutation, runOf: (n: number) => SimulationOptions): Promise<void> {
  let runs = 0;
  const rules = new Set<string>();
  while (!caughtBy.some((rule) => rules.has(rule)) && runs < RUNS_MAX) {
    runs += 1;
    for (const { rule } of (await simulate({ ...runOf(runs), patches })).violations) rules.add(rule);
  }
  console.log(`${name}: found after ${runs} runs by ${[...rules].join(", ")}`);
  expect(
    caughtBy.filter((rule) => rules.has(rule)),
    `not found in ${runs} runs`,
  ).not.toEqual([]);
}

describe("a seeded bug", () => {
  it.each(MUTATIONS)("[SM5] is found: $name, $what", { timeout: HOUR_MS }, (mutation) => finds(mutation, (seed) => ({ seed })));

  // Each seed without faults, too: there nothing excuses a word about somebody who only moved.
  it.each(LEAF_MUTATIONS)("[SM5] of leaves is found: $name, $what", { timeout: HOUR_MS }, (mutation) =>
    finds(mutation, (n) => ({ seed: Math.ceil(n / 2), calm: n % 2 === 1, extras: { leaves: true, ...mutation.simulated } })),
  );
});
