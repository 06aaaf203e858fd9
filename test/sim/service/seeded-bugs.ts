import { expect } from "vitest";
import type { Mutation } from "../../../prove/builds/mutation.ts";
import { type SimulationOptions, simulate } from "./simulate.ts";

/** Measured: each is found within thirty, but for a replay that brings what is known, for which the cut has to come amid a page: within 130; those that need leaves within 24. */
const RUNS_MAX = 240;
export const HOUR_MS = 3_600_000;

/** A share of them: each file of tests has a processor of its own. */
export const shareOf = <One>(all: readonly One[], part: number, parts: number): One[] => all.filter((_, n) => n % parts === part);

export async function finds({ name, patches, caughtBy }: Mutation, runOf: (n: number) => SimulationOptions): Promise<void> {
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
