import { describe, expect, it } from "vitest";
import { isRefusedRight, tryForgeries } from "../../prove/experiments/forgery/attempts.ts";
import { fuzzRest } from "../../prove/experiments/fuzz/rest.ts";
import { fuzzSockets } from "../../prove/experiments/fuzz/sockets.ts";
import { service } from "../support/accounts.ts";

/** The same every time unless the environment names one; a failure prints it. */
const SEED = Number(process.env.WIGWAG_SEED ?? "20260101");
const RUNS = process.env.WIGWAG_FULL ? 3_000 : 40;
/** Every so manieth character of a token is altered, and cut at. */
const FORGERY_STEP = process.env.WIGWAG_FULL ? 1 : 13;
const MS_MAX = process.env.WIGWAG_FULL ? 600_000 : 8_000;

describe("small experiments", () => {
  it("[HX5] random damage over sockets", { timeout: MS_MAX + 60_000 }, async () => {
    const { runs, failure, outcomes } = await fuzzSockets(service(), { seed: SEED, runs: RUNS, milliseconds: MS_MAX });
    expect(failure).toBeUndefined();
    expect(runs).toBeGreaterThan(0);
    expect(outcomes.get("ok")).toBeGreaterThan(0);
  });

  it("[HX6] random damage over REST", { timeout: MS_MAX + 60_000 }, async () => {
    const { runs, failure } = await fuzzRest(service(), { seed: SEED, runs: 2 * RUNS, milliseconds: MS_MAX });
    expect(failure).toBeUndefined();
    expect(runs).toBeGreaterThan(0);
  });

  it("[HX7] forged, altered, foreign and stolen tokens and tickets", { timeout: 120_000 }, async () => {
    const attempts = await tryForgeries(service(), FORGERY_STEP);
    expect(attempts.filter((attempt) => !isRefusedRight(attempt))).toEqual([]);
    expect(attempts.filter(({ verdict }) => verdict === "open")).toHaveLength(5);
  });
});
