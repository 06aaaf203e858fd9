import { describe, expect, it } from "vitest";
import { KNOWN, news } from "./known.ts";
import { SEEDS } from "./seeds.ts";
import { simulate } from "./simulate.ts";
import { tell } from "./told.ts";

const FULL = process.env.WIGWAG_FULL !== undefined;
/** One run only, where it is named. */
const ONE = process.env.WIGWAG_SEED;
/** The same every time, so that a failure is that of a change; long runs have others every day. */
const BASE = FULL ? Math.floor(Date.now() / 86_400_000) * 100_000 : 1;
/** Measured: 0.4 s each on one processor, 1 s on a busy one. */
const RUNS = FULL ? 20_000 : 200;
const BATCH = 20;
const HOUR_MS = 3_600_000;

async function faultOf(seed: number): Promise<string | undefined> {
  const run = await simulate({ seed });
  const violations = news(run);
  return violations.length === 0 ? undefined : tell(seed, violations, run);
}

describe("the service and its clients, whatever happens to them", () => {
  it("[SM1] two runs of a seed are the same, event for event", { timeout: HOUR_MS }, async () => {
    for (const seed of [1, 6, 47]) {
      const [first, second] = [await simulate({ seed, traced: true }), await simulate({ seed, traced: true })];
      expect(
        second.trace.findIndex((line, at) => line !== first.trace[at]),
        `seed ${seed}`,
      ).toBe(-1);
      expect(second.digest).toBe(first.digest);
      expect(first.steps).toBeGreaterThan(1_000);
    }
    expect((await simulate({ seed: 2 })).digest).not.toBe((await simulate({ seed: 1 })).digest);
  });

  it("[SM2] a run without faults ends with nothing refused and nothing amiss", { timeout: HOUR_MS }, async () => {
    const run = await simulate({ seed: 1, calm: true });
    expect(run.violations).toEqual([]);
    expect(run.events.filter(({ is }) => is === "ack").length).toBeGreaterThan(100);
    expect(run.events.filter(({ is }) => is === "delivery").length).toBeGreaterThan(200);
  });

  it.each(SEEDS)("[SM4] seed $seed: $title", { timeout: HOUR_MS }, async ({ seed }) => {
    expect(await faultOf(seed)).toBeUndefined();
  });

  it.each(KNOWN)("[SM8] still known: $title", { timeout: HOUR_MS }, async ({ seed, rules, what }) => {
    const { violations } = await simulate({ seed });
    expect(violations.filter((violation) => rules.includes(violation.rule) && what.test(violation.what)).length).toBeGreaterThan(0);
  });

  const seeds = ONE === undefined ? Array.from({ length: RUNS }, (_, n) => BASE + n) : [Number(ONE)];
  const batches = Array.from({ length: Math.ceil(seeds.length / BATCH) }, (_, n) => seeds.slice(n * BATCH, (n + 1) * BATCH));
  it.each(batches)("[SM3] crashes, cuts, evictions, lost calls, slow readers and clocks that jump, from seed %d", { timeout: HOUR_MS }, async (...some) => {
    for (const seed of some) expect(await faultOf(seed)).toBeUndefined();
  });
});
