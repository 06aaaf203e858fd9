import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../../scripts/lib/workerd.ts";
import { Crowd } from "../support/crowd.ts";
import { freePort } from "../support/free-port.ts";
import { randomFrom } from "../support/random.ts";

/** The same every time unless the environment names one; printed, so that a failure can be had again. */
const SEED = Number(process.env.WIGWAG_SEED ?? "20260101");
const ROUNDS = process.env.WIGWAG_FULL ? 50 : 10;
const MEMORY_ROUNDS = process.env.WIGWAG_FULL ? 10 : 3;
const APP = "00000000000000000000000000000de7";
const CERTIFICATE = "0000000000000000000000000000ce27";
const API_KEY = "wk_0123456789abcdef0123456789abcdef0123456789abcdef";
/** Between two kills, at least and at most. */
const LIVES_MS = { least: 700, most: 2_500 };

const directories: string[] = [];
const running: Workerd[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.kill();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<Workerd> {
  const directory = mkdtempSync(join(tmpdir(), "wigwag-kill-"));
  directories.push(directory);
  const { entry, durableObjects, variables, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const server = await startWorkerd({
    entry,
    directory,
    port: await freePort(),
    durableObjects,
    compatibilityFlags,
    variables: {
      ...variables,
      WIGWAG_SECRET: "kill-test-kill-test-kill-test-kill-test",
      WIGWAG_DEV_APP_ID: APP,
      WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
      WIGWAG_DEV_API_KEY: API_KEY,
    },
  });
  running.push(server);
  return server;
}

/** Kills and restarts `rounds` times at random moments, while the crowd goes on. */
async function storm(server: Workerd, rounds: number, random: () => number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await new Promise((resolve) => setTimeout(resolve, LIVES_MS.least + random() * (LIVES_MS.most - LIVES_MS.least)));
    await server.kill();
    await server.restart();
  }
}

describe("the server is killed", () => {
  it(`[WI20] [CH9] [CM15] ${ROUNDS} times: no acknowledged message is lost, none comes twice, each publisher's order is kept`, {
    timeout: 60_000 + ROUNDS * 10_000,
  }, async () => {
    const random = randomFrom(SEED);
    const server = await start();
    const crowd = await Crowd.gather({ url: server.url, app: APP, certificate: CERTIFICATE, apiKey: API_KEY, log: "durable" });
    crowd.start();
    await storm(server, ROUNDS, random);
    await crowd.finish();
    const report = crowd.report();
    console.log(`kill: seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(report.figures)}`);
    expect(report.faults).toEqual([]);
    expect(report.figures.published).toBeGreaterThan(ROUNDS * 10);
    expect(report.figures.sent).toBeGreaterThan(ROUNDS * 5);
  });

  it(`[WI21] [CH10] ${MEMORY_ROUNDS} times, the channel in memory mode: what is lost is told, and no place is given twice`, {
    timeout: 60_000 + MEMORY_ROUNDS * 10_000,
  }, async () => {
    const random = randomFrom(SEED + 1);
    const server = await start();
    const crowd = await Crowd.gather({ url: server.url, app: APP, certificate: CERTIFICATE, apiKey: API_KEY, log: "memory" });
    crowd.start();
    await storm(server, MEMORY_ROUNDS, random);
    await crowd.finish();
    const report = crowd.report();
    console.log(`kill, memory mode: seed ${SEED + 1}, ${MEMORY_ROUNDS} rounds: ${JSON.stringify(report.figures)}`);
    expect(report.faults).toEqual([]);
    expect(report.figures.published).toBeGreaterThan(MEMORY_ROUNDS * 10);
  });
});
