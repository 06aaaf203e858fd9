import { join } from "node:path";
import { pause } from "../../bench/load/parallel.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment } from "../experiment.ts";
import { startDatabaseServer } from "../lab/database-server.ts";
import { Rest } from "../lab/rest.ts";

const RULE = "HX12";
const CHANNELS = ["one", "two", "three"] as const;
const EVERY_MS = 100;
/** D1 refuses for this share of the time. */
const REFUSES_SHARE = 0.7;
/** A refused export is tried again after a minute at most, and what is left after that goes at once. */
const EXPORTED_WITHIN_MS = 90_000;
/** Stored peer messages are exported likewise. */
const PAGE_MAX = 100;

/** D1 refuses everything for a while, and the service is killed in the middle of it: history waits in its objects. */
export const REFUSING_DATABASE: Experiment = {
  name: "refusing-database",
  title: "D1 refuses for a while: stored messages are acknowledged all the same, reads say that they cannot be done now, and then all of it is there, once",
  run: async ({ directory, seconds, say }) => {
    const server = await startDatabaseServer({ directory: join(directory, "server"), port: await freePort(), timeScale: 1 });
    const rest = new Rest(server.url);
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    const acknowledged = new Map<string, string[]>(CHANNELS.map((name) => [name, []]));
    let refused = 0;
    let number = 0;
    const speak = async (forMs: number): Promise<void> => {
      const until = performance.now() + forMs;
      while (performance.now() < until) {
        for (const name of CHANNELS) {
          number += 1;
          const text = `writer-${number}`;
          await rest.publish(name, "ann", text).then(
            () => acknowledged.get(name)?.push(text),
            () => {
              refused += 1;
            },
          );
        }
        await pause(EVERY_MS);
      }
    };
    try {
      await speak(2_000);
      await settled(rest, acknowledged, EXPORTED_WITHIN_MS);
      const exportedBefore = await server.refuseDatabase(true);
      if (!exportedBefore) wrong("the lab could not make the database refuse");
      const refusedFrom = performance.now();
      await speak((seconds * 1000 * REFUSES_SHARE) / 2);
      const reads = await Promise.all(
        CHANNELS.map((name) =>
          rest.texts(name).then(
            () => "read",
            (error: unknown) => String(error),
          ),
        ),
      );
      const honest = reads.filter((answer) => answer === "read" || /: 503 .*"unavailable"/.test(answer)).length;
      if (honest < CHANNELS.length) wrong(`a read while the database refuses was answered with ${reads.find((answer) => answer !== "read")}`);
      // What waits must not be only in memory.
      await server.kill();
      await server.restart();
      await server.refuseDatabase(true);
      await speak((seconds * 1000 * REFUSES_SHARE) / 2);
      const refusesMs = performance.now() - refusedFrom;
      await server.refuseDatabase(false);
      const curedAt = performance.now();
      const { missing, twice } = await settled(rest, acknowledged, EXPORTED_WITHIN_MS);
      const settledMs = performance.now() - curedAt;
      if (missing > 0) wrong(`history lacks ${missing} of the acknowledged messages`);
      if (twice > 0) wrong(`history holds ${twice} messages twice`);
      // All of it in the database, and not only in the objects: they are asked to read it again without their memory.
      await speak(500);
      await server.forget("abort");
      const again = await settled(rest, acknowledged, EXPORTED_WITHIN_MS);
      if (again.missing + again.twice > 0) wrong(`read again, history lacks ${again.missing} messages and holds ${again.twice} twice`);
      if (refused > 0) wrong(`${refused} messages were refused while only the database was away`);
      const total = [...acknowledged.values()].reduce((sum, { length }) => sum + length, 0);
      say(`${total} acknowledged, ${Math.round(refusesMs / 1000)} s without a database; whole ${Math.round(settledMs)} ms after`);
      return {
        figures: {
          "stored messages acknowledged": total,
          refused,
          "seconds without the database": Math.round(refusesMs / 1000),
          "reads meanwhile": reads.map((answer) => (answer === "read" ? "answered" : "unavailable")).join(", "),
          "ms until history is whole again": Math.round(settledMs),
          missing,
          twice,
        },
        violations,
      };
    } finally {
      await server.end();
    }
  },
};

/** Reads all histories until nothing is missing, or the time is over. */
async function settled(rest: Rest, acknowledged: ReadonlyMap<string, readonly string[]>, withinMs: number): Promise<{ missing: number; twice: number }> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let missing = 0;
    let twice = 0;
    for (const [name, texts] of acknowledged) {
      const held = await rest.history(`channels/message/${name}`).then(
        (items) => items.map(({ writer, n }) => `${writer}-${n}`),
        () => [],
      );
      const known = new Set(held);
      twice += held.length - known.size;
      missing += texts.filter((text) => !known.has(text)).length;
    }
    if (missing === 0 || performance.now() > deadline) return { missing, twice };
    await pause(PAGE_MAX);
  }
}
