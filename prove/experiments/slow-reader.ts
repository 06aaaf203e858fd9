import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { BENCH_APP } from "../../bench/contenders/wigwag/app.ts";
import { startWigwag } from "../../bench/contenders/wigwag/server.ts";
import { pause } from "../../bench/load/parallel.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment, ExperimentContext, Finding } from "../experiment.ts";
import type { CrowdOptions, Paced } from "./slow-reader/crowd.ts";
import { Reader } from "./slow-reader/reader.ts";
import { type NarrowWay, startNarrowWay } from "./support/narrow-way.ts";
import { largest, residentMb, startSeries } from "./support/series.ts";
import { type SideProcess, startSideProcess } from "./support/side-process.ts";

const RULE = "HX1";
const CHANNEL = "slow-reader";
const MEMBERS = 1_000;
/** How many are slow, round by round; the quiet ones on both sides say what the machine gives at that time. */
const ROUNDS = [0, 1, 0, 10];
const SLOW_BYTES_PER_SECOND = 1_024;
/** Large ones: the bytes that a slow reader has to owe, without more messages than a load generator beside the server can count. */
const PAYLOAD_BYTES = 4 * 1024;
/** So much passes in each round: more than a reader may owe, and less beyond it than the channel recovers. */
const ROUND_BYTES = 1.4 * LIMITS.slowReaderBytes;
/** The others' p99 may be so many times that of the quiet round, or so many ms longer: below that the machine's own noise is all there is. */
const P99_RATIO = 1.5;
const P99_SLACK_MS = 10;
/** Megabytes per slow reader: twice what it may owe, in the object and once more in the runtime. And what V8 keeps for itself under load. */
const MB_PER_SLOW = 4;
const MB_SLACK = 96;
const CATCH_UP_MS_MAX = 20_000;

interface Round {
  readonly name: string;
  readonly slow: number;
  readonly paced: Paced;
  readonly peakMb: number;
  readonly readers: readonly Reader[];
}

/** A channel of a thousand in which a few read slowly, and then not at all. */
export const SLOW_READER: Experiment = {
  name: "slow-reader",
  title: `one and then ten of ${MEMBERS} members take 1 KB/s, then nothing: what the others and the server's memory notice`,
  run: async (context) => {
    const server = await startWigwag({ port: await freePort(), directory: await emptied(context) });
    const crowd = startSideProcess<Paced>(join(import.meta.dirname, "slow-reader/crowd.ts"), {
      url: server.url,
      channel: CHANNEL,
      members: MEMBERS,
      payloadBytes: PAYLOAD_BYTES,
    } satisfies CrowdOptions);
    const way = await startNarrowWay(server.url);
    try {
      await crowd.ask("join");
      context.say(`${MEMBERS} members have joined`);
      const rounds: Round[] = [];
      for (const slow of ROUNDS) rounds.push(await round(context, { pid: server.pid, crowd, way }, slow, rounds.length + 1));
      return judge(rounds);
    } finally {
      way.stop();
      crowd.end();
      await server.kill();
    }
  },
};

async function emptied({ directory }: ExperimentContext): Promise<string> {
  const home = join(directory, "server");
  await mkdir(home, { recursive: true });
  return home;
}

interface Parts {
  readonly pid: number;
  readonly crowd: SideProcess<Paced>;
  readonly way: NarrowWay;
}

async function round({ say, seconds }: ExperimentContext, { pid, crowd, way }: Parts, slow: number, number: number): Promise<Round> {
  const readers: Reader[] = [];
  for (let index = 0; index < slow; index++) {
    readers.push(await Reader.join({ url: way.url, app: BENCH_APP.id, certificate: BENCH_APP.certificate }, `slow-${slow}-${index}`, CHANNEL));
  }
  const memory = startSeries(250, () => residentMb(pid));
  way.narrow(SLOW_BYTES_PER_SECOND);
  const stalls = setTimeout(() => way.narrow(0), (seconds * 1000) / 3);
  const paced = await crowd.ask({ seconds, perSecond: ROUND_BYTES / PAYLOAD_BYTES / seconds });
  clearTimeout(stalls);
  const peakMb = largest(memory.stop());
  way.narrow(undefined);
  await caughtUp(crowd, readers);
  const name = `${number}: ${slow === 0 ? "quiet" : `${slow} slow`}`;
  say(`${name}: p50 ${paced.p50Ms.toFixed(1)} ms, p99 ${paced.p99Ms.toFixed(1)} ms, memory up to ${peakMb.toFixed(0)} MB`);
  for (const reader of readers) reader.close();
  return { name, slow, paced, peakMb, readers };
}

/** What is said now has to reach all of them, each at the same place. */
async function caughtUp(crowd: SideProcess<Paced>, readers: readonly Reader[]): Promise<void> {
  await crowd.ask({ seconds: 1, perSecond: 20 });
  const deadline = performance.now() + CATCH_UP_MS_MAX;
  const heard = readers.map((reader) => reader.heard);
  while (performance.now() < deadline) {
    const positions = new Set(readers.map((reader) => reader.position));
    if (positions.size <= 1 && readers.every((reader, index) => reader.heard > (heard[index] ?? 0))) return;
    await crowd.ask({ seconds: 0.2, perSecond: 20 });
    await pause(200);
  }
}

function judge(rounds: readonly Round[]): Finding {
  const quiet = rounds.filter(({ slow }) => slow === 0);
  const quietP99Ms = Math.max(...quiet.map(({ paced }) => paced.p99Ms));
  const quietMb = Math.max(...quiet.map(({ peakMb }) => peakMb));
  const violations: Violation[] = [];
  const wrong = (what: string): void => void violations.push({ rule: RULE, what });
  for (const { name, slow, paced, peakMb, readers } of rounds.filter((each) => each.slow > 0)) {
    const mostMs = Math.max(quietP99Ms * P99_RATIO, quietP99Ms + P99_SLACK_MS);
    if (paced.p99Ms > mostMs) wrong(`${name}: p99 of the others ${paced.p99Ms.toFixed(1)} ms, quiet ${quietP99Ms.toFixed(1)} ms`);
    const mostMb = quietMb + slow * MB_PER_SLOW + MB_SLACK;
    if (peakMb > mostMb) wrong(`${name}: the server took ${peakMb.toFixed(0)} MB, quiet ${quietMb.toFixed(0)} MB`);
    for (const reader of readers) {
      if (reader.told === 0) wrong(`${reader.name} was not told that it is slow`);
      if (reader.gaps.length > 0) wrong(`${reader.name} did not resume whole: ${reader.gaps[0]}`);
      if (reader.wrong.length > 0) wrong(`${reader.name} heard ${reader.wrong[0]}`);
    }
    if (new Set(readers.map((reader) => reader.position)).size > 1) wrong(`${name}: not all have caught up`);
  }
  return {
    figures: Object.fromEntries(
      rounds.flatMap(({ name, paced, peakMb }) => [
        [`${name}: p50 ms of the others`, rounded(paced.p50Ms)],
        [`${name}: p99 ms of the others`, rounded(paced.p99Ms)],
        [`${name}: deliveries`, paced.delivered],
        [`${name}: memory of the server, MB at most`, Math.round(peakMb)],
      ]),
    ),
    violations,
    tables: [
      {
        title: "slow readers",
        columns: ["round", "reader", "heard", "told", "gaps"],
        rows: rounds.flatMap(({ name, readers }) => readers.map((reader) => [name, reader.name, reader.heard, reader.told, reader.gaps.join("; ")])),
      },
    ],
  };
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
