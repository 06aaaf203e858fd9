import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { isRefusedRight, tryForgeries } from "../../prove/experiments/forgery/attempts.ts";
import { fuzzRest } from "../../prove/experiments/fuzz/rest.ts";
import { fuzzSockets } from "../../prove/experiments/fuzz/sockets.ts";
import { POISONED_ALARM } from "../../prove/experiments/poison.ts";
import { Reader } from "../../prove/experiments/slow-reader/reader.ts";
import { startNarrowWay } from "../../prove/experiments/support/narrow-way.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { asServer, fresh, service } from "../support/accounts.ts";

/** The same every time unless the environment names one; a failure prints it. */
const SEED = Number(process.env.WIGWAG_SEED ?? "20260101");
const RUNS = process.env.WIGWAG_FULL ? 3_000 : 40;
/** Every so manieth character of a token is altered, and cut at. */
const FORGERY_STEP = process.env.WIGWAG_FULL ? 1 : 13;
const MS_MAX = process.env.WIGWAG_FULL ? 600_000 : 8_000;

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

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

  it("[HX1] who reads nothing is told, misses nothing when it reads again, and the other has heard all at once", { timeout: 60_000 }, async () => {
    const name = fresh("narrow");
    const way = await startNarrowWay(service().url);
    const slow = await Reader.join({ ...service(), url: way.url }, fresh("slow"), name);
    const quick = await Reader.join(service(), fresh("quick"), name);
    const publish = async (): Promise<void> => {
      const { status } = await asServer("POST", `/v1/channels/message/${name}/messages`, { from: "server", data: "x".repeat(30_000) });
      expect(status).toBe(200);
    };
    way.narrow(0);
    // A little more than a reader may owe, and no more than a channel recovers.
    const messages = Math.ceil((1.1 * LIMITS.slowReaderBytes) / 30_000);
    for (let n = 0; n < messages; n++) await publish();
    await expect.poll(() => quick.heard).toBe(messages);
    expect(slow.heard).toBe(0);
    way.narrow(undefined);
    await expect.poll(() => slow.told, { timeout: 20_000 }).toBe(1);
    await publish();
    await expect.poll(() => [quick.heard, slow.heard], { timeout: 20_000 }).toEqual([messages + 1, messages + 1]);
    expect([...slow.wrong, ...slow.gaps, ...quick.wrong, ...quick.gaps]).toEqual([]);
    for (const reader of [slow, quick]) reader.close();
    way.stop();
  });

  it("[HX9] a channel whose alarm throws", { timeout: 90_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "wigwag-poison-"));
    directories.push(directory);
    const { violations } = await POISONED_ALARM.run({ directory, seed: SEED, seconds: 8, say: () => {} });
    expect(violations).toEqual([]);
  });
});
