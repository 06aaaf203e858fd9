import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Experiment, Finding } from "../../prove/experiment.ts";
import { CHAT } from "../../prove/experiments/chat.ts";
import { ELASTIC } from "../../prove/experiments/elastic.ts";
import { isRefusedRight, tryForgeries } from "../../prove/experiments/forgery/attempts.ts";
import { fuzzRest } from "../../prove/experiments/fuzz/rest.ts";
import { fuzzSockets } from "../../prove/experiments/fuzz/sockets.ts";
import { hangingHook } from "../../prove/experiments/hanging-hook.ts";
import { killToDelivery } from "../../prove/experiments/kill-to-delivery.ts";
import { largeGroupOf } from "../../prove/experiments/large-group.ts";
import { largeRoomOf } from "../../prove/experiments/large-room.ts";
import { OLD_BUILD } from "../../prove/experiments/old-build.ts";
import { POISONED_ALARM } from "../../prove/experiments/poison.ts";
import { REFUSING_DATABASE } from "../../prove/experiments/refusing-database.ts";
import { Reader } from "../../prove/experiments/slow-reader/reader.ts";
import { stormOf } from "../../prove/experiments/storm.ts";
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
    const { violations } = await asked(POISONED_ALARM, 8);
    expect(violations).toEqual([]);
  });

  it("[HX10] a storm: all come back whole, and who is refused is told why", { timeout: 120_000 }, async () => {
    const { violations, figures } = await asked(stormOf(200), 0);
    expect(violations).toEqual([]);
    expect(figures.clients).toBe(200);
  });

  it("[HX11] kills of the service: everybody hears again", { timeout: 90_000 }, async () => {
    const { violations, figures } = await asked(killToDelivery({ killsLeast: 2, medianMsMost: Number.POSITIVE_INFINITY }), 0);
    expect(violations).toEqual([]);
    expect(figures.kills).toBe(2);
  });

  it("[HX16] [HX17] [HX18] three users with three devices each chat under faults", { timeout: 420_000 }, async () => {
    const { violations, figures } = await asked(CHAT, 8);
    expect(violations, JSON.stringify(figures)).toEqual([]);
  });

  it("[HX19] a group, over two processes: whoever is online hears all", { timeout: 120_000 }, async () => {
    const { violations, figures } = await asked(largeGroupOf({ members: 60, online: 20, messagesPerSecond: 10, servers: 2, restMs: 0 }), 4);
    expect(violations, JSON.stringify(figures)).toEqual([]);
    expect(figures.deliveries).toBe(800);
    expect(Number(figures["rows a message"])).toBeLessThan(2);
  });

  it("[HX20] a room on leaves, over two processes: what counts is heard by all, and what is left out is counted", { timeout: 120_000 }, async () => {
    const size = { viewers: 60, messagesPerSecond: 40, joinsPerSecond: 30, servers: 2, leafMembers: 20, settleSeconds: 2, p99MsMost: Number.POSITIVE_INFINITY };
    const { violations, figures } = await asked(largeRoomOf(size), 4);
    expect(violations, JSON.stringify(figures)).toEqual([]);
    expect(figures.leaves).toBeGreaterThan(2);
  });

  it("[HX13] a push hook that hangs", { timeout: 90_000 }, async () => {
    const { violations } = await asked(hangingHook({ ratio: Number.POSITIVE_INFINITY, timeScale: 0.1 }), 6);
    expect(violations).toEqual([]);
  });
});

/** Of services that take long to start, or to build. */
const ofTheLongProfile = process.env.WIGWAG_FULL === undefined ? (_name: string, _tests: () => void) => undefined : describe;
ofTheLongProfile("large experiments", () => {
  it("[HX12] a database that refuses", { timeout: 400_000 }, async () => {
    const { violations } = await asked(REFUSING_DATABASE, 20);
    expect(violations).toEqual([]);
  });

  it("[HX15] a channel that grows a hundredfold and shrinks", { timeout: 600_000 }, async () => {
    const { violations } = await asked(ELASTIC, 60);
    expect(violations).toEqual([]);
  });

  it("[HX14] an old build and its storage under old and new clients", { timeout: 400_000 }, async (context) => {
    context.skip((await OLD_BUILD.missing?.()) !== undefined);
    const { violations } = await asked(OLD_BUILD, 20);
    expect(violations).toEqual([]);
  });
});

async function asked(experiment: Experiment, seconds: number): Promise<Finding> {
  const directory = mkdtempSync(join(tmpdir(), "wigwag-experiment-"));
  directories.push(directory);
  return experiment.run({ directory, seed: SEED, seconds, say: () => {} });
}
