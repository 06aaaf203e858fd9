import { describe, expect, it } from "vitest";
import { MUTATIONS } from "../../../prove/builds/mutations.ts";
import { news } from "./known.ts";
import { simulate } from "./simulate.ts";

/** Found within a dozen runs, so in every test; the others take longer, and are looked for in long ones. */
const QUICK: ReadonlySet<string> = new Set([
  "ack-before-commit",
  "channel-dedup-off",
  "peer-dedup-off",
  "epoch-ignored",
  "epoch-change-untold",
  "lease-off",
  "inbox-trimmed-early",
  "export-cursor-early",
  "resume-off-by-one",
  "resume-refused",
  "ring-after-end",
  "seq-given-twice",
  "peer-acked-early",
]);
const FULL = process.env.WIGWAG_FULL !== undefined;
/** Runs after which a bug counts as not found. */
const RUNS_MAX = FULL ? 300 : 60;
const HOUR_MS = 3_600_000;

describe("a seeded bug", () => {
  it.each(MUTATIONS.filter(({ name }) => FULL || QUICK.has(name)))("[SM5] is found: $name, $what", { timeout: HOUR_MS }, async ({ name, patches }) => {
    let runs = 0;
    const rules = new Set<string>();
    while (rules.size === 0 && runs < RUNS_MAX) {
      runs += 1;
      for (const { rule } of news(await simulate({ seed: runs, patches }))) rules.add(rule);
    }
    console.log(`${name}: found after ${runs} runs by ${[...rules].join(", ")}`);
    expect(rules.size, `not found in ${runs} runs`).toBeGreaterThan(0);
  });
});
