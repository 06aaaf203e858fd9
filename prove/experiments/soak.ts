import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../../bench/load/parallel.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment, ExperimentContext, Finding } from "../experiment.ts";
import { alarmsAllowed, allowance } from "./soak/allowance.ts";
import { type Census, takeCensus } from "./soak/census.ts";
import { collectedHeap, type Heap } from "./soak/heap.ts";
import type { Deeds, Errand, PopulationOptions } from "./soak/population.ts";
import { ALL_GONE_MS, SHORT_LIVES } from "./soak/short-lives.ts";
import { now } from "./support/journal.ts";
import { largest, residentMb, type Sample, secondHalf, slope, startSeries } from "./support/series.ts";
import { type Service, startService } from "./support/service.ts";
import { type SideProcess, startSideProcess } from "./support/side-process.ts";

const RULE = "HX2";
const USERS = 40;
const SAMPLES = 120;
/**
 * How much memory may rise over the second half. An engine that has room lets garbage lie longer and longer before it collects: what it holds
 * grows for a quarter of an hour, and then stays. What is live after a collection says whether anything leaks.
 */
const RISE_MB = 96;
const LIVE_RISE_MB = 6;
/** By so many rows may all tables together grow between the middle and the end: people are there at both moments, not always as many. */
const RISE_ROWS_SHARE = 0.25;
const RISE_ROWS = 200;

/** People come and go for as long as one likes, and in the end nothing is left of it but what is meant to stay. */
export const SOAK: Experiment = {
  name: "soak",
  title: `${USERS} users come and go: memory and rows are flat, and back to where they began when all have gone`,
  run: async (context) => {
    const { directory, seed, seconds, say } = context;
    const inspectorPort = await freePort();
    const service = await startService({ directory, patches: SHORT_LIVES, inspectorPort });
    const { url, app, certificate } = service;
    const population = startSideProcess<Deeds>(join(import.meta.dirname, "soak/population.ts"), {
      url,
      app,
      certificate,
      seed,
      users: USERS,
      journal: join(directory, "population.jsonl"),
    } satisfies PopulationOptions);
    try {
      const memory = startSeries((seconds * 1000) / SAMPLES, () => residentMb(service.server.pid));
      const halves: Census[] = [];
      const heaps: Heap[] = [];
      for (const half of [1, 2]) {
        const deeds = await population.ask({ is: "churn", seconds: seconds / 2 } satisfies Errand);
        halves.push(takeCensus(service.storage));
        heaps.push(await collectedHeap({ inspectorPort, url }));
        say(
          `half ${half}: ${deeds.lives} lives, ${deeds.acts} acts, ${deeds.failed} failed, ${residentMb(service.server.pid).toFixed(0)} MB, ${heaps.at(-1)?.liveMb.toFixed(1)} of them live on the heap`,
        );
      }
      const samples = memory.stop();
      const after = await goHome(context, service, population, inspectorPort);
      return judge(context, samples, halves, [...heaps, after.heap], after);
    } finally {
      population.end();
      await service.server.kill();
    }
  },
};

interface After {
  readonly deeds: Deeds;
  readonly census: Census;
  readonly residentMb: number;
  readonly heap: Heap;
}

async function goHome({ say }: ExperimentContext, { server, storage, url }: Service, population: SideProcess<Deeds>, inspectorPort: number): Promise<After> {
  const deeds = await population.ask({ is: "finish" } satisfies Errand);
  say(`everybody has logged out; what has ended is forgotten within ${ALL_GONE_MS / 1000} s`);
  await pause(ALL_GONE_MS);
  const heap = await collectedHeap({ inspectorPort, url });
  const mb = residentMb(server.pid);
  await server.kill();
  return { deeds, census: takeCensus(storage), residentMb: mb, heap };
}

const tenth = (value: number): number => Math.round(value * 10) / 10;
const total = ({ rows }: Census): number => [...rows.values()].reduce((sum, count) => sum + count, 0);

function judge(
  { directory, seconds }: ExperimentContext,
  samples: readonly Sample[],
  halves: readonly Census[],
  heaps: readonly Heap[],
  after: After,
): Finding {
  const violations: Violation[] = [];
  const wrong = (what: string): void => void violations.push({ rule: RULE, what });
  const rise = slope(secondHalf(samples)) * (seconds / 2);
  if (rise > RISE_MB) wrong(`memory rises by ${rise.toFixed(0)} MB in the second half`);
  const [liveInTheMiddle = 0, liveAtTheEnd = 0, liveWhenGone = 0] = heaps.map(({ liveMb }) => liveMb);
  const liveRise = liveAtTheEnd - liveInTheMiddle;
  if (liveRise > LIVE_RISE_MB) wrong(`what is live on the heap rises by ${liveRise.toFixed(1)} MB in the second half`);
  if (liveWhenGone > liveInTheMiddle + LIVE_RISE_MB) wrong(`${liveWhenGone.toFixed(1)} MB are live on the heap when all have gone`);
  const [middle, end] = halves.map(total);
  if (middle !== undefined && end !== undefined && end > middle * (1 + RISE_ROWS_SHARE) + RISE_ROWS)
    wrong(`rows rise from ${middle} to ${end} in the second half`);
  const { census, deeds } = after;
  for (const [table, count] of census.rows) {
    const most = allowance(table, census.objects);
    if (count > most) wrong(`${count} rows are left in ${table}, ${most} may be`);
  }
  const alarms = alarmsAllowed(census.objects);
  if (census.alarms > alarms) wrong(`${census.alarms} alarms are pending, ${alarms} may be`);
  noteGauges(directory, halves, after);
  return {
    figures: {
      lives: deeds.lives,
      acts: deeds.acts,
      calls: deeds.calls,
      "acts that failed": deeds.failed,
      "memory at most, MB": Math.round(largest(samples)),
      "memory in the end, MB": Math.round(after.residentMb),
      "rise of memory in the second half, MB": tenth(rise),
      "live on the heap in the middle, MB": tenth(liveInTheMiddle),
      "live on the heap at the end of the churn, MB": tenth(liveAtTheEnd),
      "live on the heap when all have gone, MB": tenth(liveWhenGone),
      "held by the heap in the middle, at the end, when all have gone, MB": heaps.map(({ heldMb }) => Math.round(heldMb)).join(", "),
      "rows in the middle": middle ?? 0,
      "rows at the end of the churn": end ?? 0,
      "rows when all have gone": total(census),
      files: census.files,
      "megabytes of files": Math.round(census.megabytes),
    },
    violations,
    tables: [
      {
        title: "rows",
        columns: ["table", "middle", "end", "all gone", "may stay"],
        rows: [...census.rows]
          .filter(([table]) => halves.some(({ rows }) => (rows.get(table) ?? 0) > 0))
          .map(([table, count]) => [table, ...halves.map(({ rows }) => rows.get(table) ?? 0), count, allowance(table, census.objects)]),
      },
      {
        title: "memory of the server",
        columns: ["s", "MB"],
        rows: samples.map(({ at, value }) => [Math.round(at), Math.round(value)]),
      },
    ],
  };
}

/** As the run's checker reads them. */
function noteGauges(directory: string, halves: readonly Census[], after: After): void {
  const gauges = (census: Census, when: "during" | "after") =>
    [...census.rows, ["alarms", census.alarms] as const].map(([table, value]) => ({
      is: "gauge",
      at: now(),
      name: table === "alarms" ? table : `rows ${table}`,
      when,
      value,
      ...(when === "after" && { slack: table === "alarms" ? alarmsAllowed(census.objects) : allowance(table, census.objects) }),
    }));
  const lines = [...halves.flatMap((census) => gauges(census, "during")), ...gauges(after.census, "after")];
  appendFileSync(join(directory, "gauges.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}
