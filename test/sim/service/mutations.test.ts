import { describe, expect, it } from "vitest";
import { MUTATIONS } from "../../../prove/builds/mutations.ts";
import { simulate } from "./simulate.ts";

/** Measured: each is found within thirty, but for a replay that brings what is known, for which the cut has to come amid a page: within 130. */
const RUNS_MAX = 240;
const HOUR_MS = 3_600_000;

describe("a seeded bug", () => {
  it.each(MUTATIONS)("[SM5] is found: $name, $what", { timeout: HOUR_MS }, async ({ name, patches, caughtBy }) => {
    let runs = 0;
    const rules = new Set<string>();
    while (!caughtBy.some((rule) => rules.has(rule)) && runs < RUNS_MAX) {
      runs += 1;
      for (const { rule } of (await simulate({ seed: runs, patches })).violations) rules.add(rule);
    }
    console.log(`${name}: found after ${runs} runs by ${[...rules].join(", ")}`);
    expect(
      caughtBy.filter((rule) => rules.has(rule)),
      `not found in ${runs} runs`,
    ).not.toEqual([]);
  });
});
