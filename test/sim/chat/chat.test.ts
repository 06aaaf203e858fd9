import { expect, it } from "vitest";
import { live } from "./run.ts";

const RUNS = Number(process.env.CHAT_RUNS ?? 40);
const SEED = Number(process.env.CHAT_SEED ?? 0);

it("[CT20] three users with three devices each see the same in the end, whatever failed meanwhile", { timeout: 600_000 }, async () => {
  let [messages, recalled] = [0, 0];
  for (let seed = SEED || 1; seed <= (SEED || RUNS); seed++) {
    const verdict = await live(seed);
    expect([seed, ...verdict.faults]).toEqual([seed]);
    messages += verdict.messages;
    recalled += verdict.recalled;
  }
  // It was a life worth judging.
  expect(Math.min(messages, recalled)).toBeGreaterThan(SEED ? 0 : RUNS);
});
