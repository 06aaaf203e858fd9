import { pause } from "../../bench/load/parallel.ts";
import { type Channel, type Client, connect } from "../../src/client/index.ts";
import { randomFrom } from "../../test/support/random.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment } from "../experiment.ts";
import { type Address, startService, tokenOf } from "./support/service.ts";
import { spreadOf } from "./support/spread.ts";

const RULE = "HX11";
const CHANNEL = "killed";
const READERS = 8;
const SAY_EVERY_MS = 20;
/** Between two kills: everybody is back, and messages flow. */
const QUIET_MS = { least: 1_500, most: 2_500 };
/** Of clients: after this their connection counts as stable, and the next loss as the first. By default it takes 10 s, and twenty kills several minutes. */
const STABLE_MS = 1_000;
const BACK_WITHIN_MS = 20_000;

interface Kill {
  /** Until the process was gone, until the next one answered, until its first reader heard something, and its last. */
  readonly goneMs: number;
  readonly upMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface KillOptions {
  readonly killsLeast: number;
  /** From a kill to the first delivery, half of the times. */
  readonly medianMsMost: number;
}

/** The whole service dies and starts again at once: how long nobody hears anything. */
export const killToDelivery = ({ killsLeast, medianMsMost }: KillOptions): Experiment => ({
  name: "kill-to-delivery",
  title: `from SIGKILL of the service to the first message that somebody hears again, over at least ${killsLeast} kills`,
  run: async ({ directory, seed, seconds, say }) => {
    const random = randomFrom(seed);
    const service = await startService({ directory });
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    const clients: Client[] = [];
    let running = true;
    try {
      /** When each reader heard something last that was said after the kill. */
      const heardAt = new Array<number>(READERS).fill(0);
      let killedAt = 0;
      const gaps: string[] = [];
      const readers = Array.from({ length: READERS }, async (_, index) => {
        const channel = await member(service, `reader-${index}`, clients);
        channel.on("message", ({ data }) => {
          // What was said before the kill may still come out of a buffer.
          if (Number(data) > killedAt) heardAt[index] ||= performance.now();
        });
        channel.on("gap", ({ reason }) => gaps.push(reason));
      });
      await Promise.all(readers);
      const writer = await member(service, "writer", clients);
      const speaks = (async () => {
        while (running) {
          void writer.publish(String(performance.now())).catch(() => {});
          await pause(SAY_EVERY_MS);
        }
      })();
      const kills: Kill[] = [];
      const end = performance.now() + seconds * 1000;
      while (kills.length < killsLeast || performance.now() < end) {
        await pause(QUIET_MS.least + random() * (QUIET_MS.most - QUIET_MS.least));
        heardAt.fill(0);
        killedAt = performance.now();
        await service.server.kill();
        const goneMs = performance.now() - killedAt;
        await service.server.restart();
        const upMs = performance.now() - killedAt;
        while (heardAt.includes(0) && performance.now() - killedAt < BACK_WITHIN_MS) await pause(5);
        if (heardAt.includes(0)) {
          wrong(`${heardAt.filter((at) => at === 0).length} of ${READERS} readers heard nothing for ${BACK_WITHIN_MS / 1000} s after kill ${kills.length + 1}`);
          break;
        }
        kills.push({ goneMs, upMs, firstMs: Math.min(...heardAt) - killedAt, lastMs: Math.max(...heardAt) - killedAt });
      }
      running = false;
      await speaks;
      const first = spreadOf(kills.map(({ firstMs }) => firstMs));
      const last = spreadOf(kills.map(({ lastMs }) => lastMs));
      const up = spreadOf(kills.map(({ upMs }) => upMs));
      if (first.p50 > medianMsMost) wrong(`the median is ${first.p50.toFixed(0)} ms`);
      if (gaps.length > 0) wrong(`${gaps.length} gaps were told, the first ${gaps[0]}`);
      say(`${kills.length} kills: half of them heard again after ${first.p50.toFixed(0)} ms`);
      return {
        figures: {
          kills: kills.length,
          "ms to the first delivery, median": Math.round(first.p50),
          "ms to the first delivery, 95 of 100": Math.round(first.p95),
          "ms to the first delivery, at most": Math.round(first.most),
          "ms until the last reader hears, median": Math.round(last.p50),
          "ms until the last reader hears, at most": Math.round(last.most),
          "of it ms until the next process answers, median": Math.round(up.p50),
        },
        violations,
        tables: [
          {
            title: "each kill, ms after it",
            columns: ["gone", "next process answers", "first reader hears", "last reader hears"],
            rows: kills.map(({ goneMs, upMs, firstMs, lastMs }) => [goneMs, upMs, firstMs, lastMs].map(Math.round)),
          },
        ],
      };
    } finally {
      running = false;
      for (const client of clients) client.close();
      await service.server.kill();
    }
  },
});

export const KILL_TO_DELIVERY = killToDelivery({ killsLeast: 20, medianMsMost: 700 });

async function member(address: Address, user: string, clients: Client[]): Promise<Channel> {
  const client = await connect({
    url: address.url,
    app: address.app,
    user,
    device: "d",
    token: () => tokenOf(address, user),
    timings: { stableMs: STABLE_MS },
  });
  client.on("error", () => {});
  clients.push(client);
  return client.join(CHANNEL);
}
