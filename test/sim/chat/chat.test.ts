import { expect, it } from "vitest";
import { live } from "./run.ts";

const FULL = process.env.WIGWAG_FULL !== undefined;
const RUNS = Number(process.env.CHAT_RUNS ?? (FULL ? 400 : 40));
const SEED = Number(process.env.CHAT_SEED ?? 0);

/** Lives in which something was wrong once. */
const PINNED: readonly number[] = [97, 116, 798];

it("[CT20] three users with three devices each see the same in the end, whatever failed meanwhile", { timeout: FULL ? 1_800_000 : 600_000 }, async () => {
  let [messages, recalled, grown] = [0, 0, 0];
  for (let seed = SEED || 1; seed <= (SEED || RUNS); seed++) {
    const verdict = await live(seed);
    expect([seed, ...verdict.faults]).toEqual([seed]);
    messages += verdict.messages;
    recalled += verdict.recalled;
    grown += verdict.grown;
  }
  // It was a life worth judging.
  expect(Math.min(messages, recalled, grown)).toBeGreaterThan(SEED ? 0 : RUNS);
});

it.each(PINNED)("[CT20] seed %i, in which something was wrong once, ends the same everywhere", { timeout: 120_000 }, async (seed) => {
  expect((await live(seed)).faults).toEqual([]);
});
