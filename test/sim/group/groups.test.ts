import { expect, it } from "vitest";
import { live } from "./run.ts";

const FULL = process.env.WIGWAG_FULL !== undefined;
const RUNS = Number(process.env.GROUP_RUNS ?? (FULL ? 400 : 15));
const SEED = Number(process.env.GROUP_SEED ?? 0);

/** Lives in which something was wrong once. */
const PINNED: readonly number[] = [35];

it("[GC15] [TH3] the group, lists and devices agree in the end on who is in it, whatever was lost, and nobody was told what is not for it", {
  timeout: FULL ? 1_800_000 : 600_000,
}, async () => {
  const counts = { messages: 0, moves: 0, threads: 0, byLeaves: 0 };
  for (let seed = SEED || 1; seed <= (SEED || RUNS); seed++) {
    const verdict = await live(seed);
    expect([seed, ...verdict.faults]).toEqual([seed]);
    counts.messages += verdict.counts.messages;
    counts.moves += verdict.counts.moves;
    counts.threads += verdict.counts.threads;
    counts.byLeaves += verdict.counts.byLeaves;
  }
  // They were lives worth judging.
  expect(Math.min(counts.messages / 10, counts.moves / 10, counts.threads, SEED ? RUNS : counts.byLeaves / 20)).toBeGreaterThan(SEED ? 0 : RUNS);
});

it.each(PINNED)("[GC15] seed %i, in which something was wrong once, ends right", { timeout: 120_000 }, async (seed) => {
  expect((await live(seed)).faults).toEqual([]);
});
