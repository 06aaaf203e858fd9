import { afterEach, describe, expect, it } from "vitest";
import type { Workerd } from "../../scripts/lib/workerd.ts";
import { buildToken } from "../../src/client/token.ts";
import { Crowd } from "../support/crowd.ts";
import { API_KEY, APP, CERTIFICATE, type Killable, startKillable, storm } from "../support/killable.ts";
import { randomFrom } from "../support/random.ts";
import { RawClient } from "../support/raw-client.ts";

/** The same every time unless the environment names one; printed, so that a failure can be had again. */
const SEED = Number(process.env.WIGWAG_SEED ?? "20260101");
const ROUNDS = process.env.WIGWAG_FULL ? 50 : 10;
const MEMORY_ROUNDS = process.env.WIGWAG_FULL ? 10 : 3;

const running: Killable[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.end();
});

async function start(variables?: Readonly<Record<string, string>>): Promise<Workerd> {
  const service = await startKillable(variables);
  running.push(service);
  return service.server;
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

  it("[PM94] with bridged messages in inboxes: who comes back has them, who comes anew never", { timeout: 60_000 }, async () => {
    const server = await start({ WIGWAG_TIME_SCALE: "0.2" });
    const enter = async (user: string, instance: string) => {
      const query = new URLSearchParams({ app: APP, user, device: "phone", kind: "test", instance, keepAlive: "10000" });
      const token = await buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 600 });
      const client = RawClient.withSecret(`${server.url.replace(/^http/, "ws")}/v1/session?${query}`, token);
      const welcome = await client.nextOf("welcome");
      client.startIds(Number(welcome.firstId));
      return { client, welcome };
    };
    for (const user of ["bob", "carol"]) (await enter(user, "one")).client.terminate();
    const { client: ann } = await enter("ann", "one");
    for (const to of ["bob", "carol"]) expect(await ann.ok("peer.send", { to, data: "x", ifAbsent: "bridge" })).toEqual({ delivered: 0, waiting: 1 });
    for (const round of [1, 2]) {
      await server.kill();
      await server.restart();
      const bob = await enter("bob", "one");
      expect((await bob.client.nextOf("events")).items, `round ${round}`).toMatchObject([{ from: "ann", data: "x", bridged: true }]);
      // Nothing waits: it starts at the head.
      expect((await enter("carol", "two")).welcome.inbox, `round ${round}`).toMatchObject({ seq: 1 });
    }
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
