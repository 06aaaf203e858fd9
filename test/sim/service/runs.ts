import { expect, it } from "vitest";
import { OPEN } from "./open.ts";
import { type SimulationOptions, simulate } from "./simulate.ts";
import { tell } from "./told.ts";

const FULL = process.env.WIGWAG_FULL !== undefined;
/** One run only, where it is named. */
const ONE = process.env.WIGWAG_SEED;
/** The same every time, so that a failure is that of a change; long runs have others every day. */
const BASE = FULL ? Math.floor(Date.now() / 86_400_000) * 100_000 : 1;
/** Measured: 0.13 to 0.3 s each on one processor. */
const RUNS = FULL ? 20_000 : 1_000;
const BATCH = 50;
export const HOUR_MS = 3_600_000;

export async function faultOf(seed: number, options: Omit<SimulationOptions, "seed"> = {}): Promise<string | undefined> {
  const run = await simulate({ seed, ...options });
  return run.violations.length === 0 ? undefined : tell(seed, run.violations, run);
}

/** One share of all runs: each file of tests has a processor of its own. */
export function itHolds(part: number, parts: number): void {
  const seeds =
    ONE === undefined
      ? Array.from({ length: RUNS }, (_, n) => BASE + n).filter((seed) => seed % parts === part && !OPEN.some((open) => open.seed === seed))
      : [Number(ONE)];
  const batches = Array.from({ length: Math.ceil(seeds.length / BATCH) }, (_, n) => seeds.slice(n * BATCH, (n + 1) * BATCH));
  it.each(batches)("[SM3] crashes, cuts, evictions, lost calls, slow readers and clocks that jump, from seed %d", { timeout: HOUR_MS }, async (...some) => {
    for (const seed of some) expect(await faultOf(seed)).toBeUndefined();
  });
}
