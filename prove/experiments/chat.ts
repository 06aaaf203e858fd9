import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/free-port.ts";
import { randomFrom } from "../../test/support/random.ts";
import type { Experiment, ExperimentContext, Finding } from "../experiment.ts";
import { buildProgram } from "../lab/client-build.ts";
import { ClientProcess } from "../lab/client-process.ts";
import { Crew, type Totals } from "../lab/crew.ts";
import type { Lab } from "../lab/fault.ts";
import { FAULTS } from "../lab/faults/catalogue.ts";
import { shortcomings } from "../lab/judgement.ts";
import { attack } from "../lab/nemesis.ts";
import { startProxy } from "../lab/proxy.ts";
import { now } from "../lab/record.ts";
import { Rest } from "../lab/rest.ts";
import { type RunningServer, startServer } from "../lab/server.ts";
import { CHATTERS, DEVICES, deviceIn } from "./chat/cast.ts";
import { notesIn, type Truth } from "./chat/notes.ts";
import { truths } from "./chat/truth.ts";
import { CONVERGES, judgeChat } from "./chat/verdict.ts";

/** Everything is ten times faster, but for the clients' patience. */
const TIME_SCALE = 0.1;
const PACE_MS = 250;
/** Acknowledged messages a second, below which nothing is shown. */
const ACKED_PER_SECOND = 1;
/** Between two rounds of faults: time to hear of each other, and to have something to edit and recall. */
const QUIET_MS = { least: 1_500, most: 4_000 };
const REST_MS = 150_000;
const PROGRESS_EVERY_MS = 5_000;
/** What was told last may be under way still between objects: asked again until two answers are the same. */
const ASK_AGAIN_MS = 2_000;
const ASKED_MOST = 20;
const FAULTS_FILE = "faults.jsonl";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** People chat on three devices each, while the service, their devices and the way between them fail. */
export const CHAT: Experiment = {
  name: "chat",
  title: `${CHATTERS.length} users with ${DEVICES} devices each chat under all faults: every device shows the same in the end, and what was acknowledged is there`,
  run: async (context) => {
    const { directory, seed } = context;
    const program = join(directory, "chat-clients.mjs");
    await buildProgram("prove/experiments/chat/client.ts", program);
    const server = await startServer({ directory: join(directory, "server"), port: await freePort(), timeScale: TIME_SCALE });
    const proxy = await startProxy({ target: server.url, random: randomFrom(seed + 1) });
    const crew = new Crew(Array.from({ length: DEVICES }, (_, index) => startClients(context, program, proxy.url, index)));
    try {
      const noted: string[] = [];
      const fault: Lab["fault"] = ({ name, detail }) => {
        noted.push(name);
        appendFileSync(join(directory, FAULTS_FILE), `${JSON.stringify({ at: now(), name, detail })}\n`);
      };
      await disturb({ server, proxy, clients: crew.processes, timeScale: TIME_SCALE, now, pause, fault }, crew, context);
      return await finish(context, server, crew, noted);
    } finally {
      for (const process of crew.processes) await process.kill();
      await proxy.stop();
      await server.end();
    }
  },
};

const fileOf = (directory: string, index: number): string => join(directory, `chat-${index}.jsonl`);

function startClients({ directory, seed }: ExperimentContext, program: string, url: string, index: number): ClientProcess {
  const task = { index, life: 1, url, seed, processes: DEVICES, devices: DEVICES * CHATTERS.length, paceMs: PACE_MS, timeoutMs: 0, timeScale: TIME_SCALE };
  return new ClientProcess(program, { ...task, file: fileOf(directory, index) }, [], () => {});
}

async function disturb(lab: Lab, crew: Crew, { seed, seconds, say }: ExperimentContext): Promise<void> {
  const progress = setInterval(() => say(progressLine(crew.totals())), PROGRESS_EVERY_MS);
  const until = now() + seconds * 1_000;
  try {
    await attack(lab, { faults: FAULTS, seed, quietMs: QUIET_MS, together: 2 }, until);
  } finally {
    clearInterval(progress);
  }
}

const progressLine = ({ acked, said, heard, away, underWay }: Totals): string =>
  `acked ${acked} of ${said}, heard ${heard}, under way ${underWay}, not all there on ${away}`;

/** All is well: everybody comes back and has everything; then each device says what it shows, and the service what is true. */
async function finish({ directory, seconds }: ExperimentContext, server: RunningServer, crew: Crew, faults: readonly string[]): Promise<Finding> {
  const whole = await crew.rest(REST_MS, pause);
  const said = await settled(new Rest(server.url));
  const totals = crew.totals();
  const troubles = [...crew.failures(), ...(whole ? [] : [`not at rest after ${REST_MS / 1_000} s: ${JSON.stringify(totals)}`])];
  const there = crew.processes.map(({ life }, index) => deviceIn(index, life));
  await crew.end();
  const notes = readdirSync(directory).flatMap((name) => (/^chat-\d+\.jsonl$/.test(name) ? notesIn(readFileSync(join(directory, name), "utf8")) : []));
  const violations = judgeChat({ notes, truths: said, devices: Object.fromEntries(CHATTERS.map((user) => [user, there])) });
  const evidence = { acked: totals.acked, faults: faults.length, violations: 0, troubles };
  const lacking = shortcomings(evidence, ACKED_PER_SECOND * seconds).map((what) => ({ rule: CONVERGES, what }));
  const messages = said.filter(({ user, with: other }) => user < other).flatMap((one) => one.messages);
  return {
    figures: {
      "acknowledged messages": totals.acked,
      "messages that are there": messages.length,
      "of them edited": messages.filter(({ edited }) => edited !== undefined).length,
      "of them recalled": messages.filter(({ recalled }) => recalled !== undefined).length,
      "heard by devices": totals.heard,
      "lives of processes": crew.processes.reduce((sum, { life }) => sum + life, 0),
      faults: faults.length,
      "kinds of faults": new Set(faults).size,
    },
    violations: [...lacking, ...violations],
  };
}

async function settled(rest: Rest): Promise<Truth[]> {
  let before = await truths(rest);
  for (let asked = 1; asked < ASKED_MOST; asked++) {
    await pause(ASK_AGAIN_MS);
    const again = await truths(rest);
    if (JSON.stringify(again) === JSON.stringify(before)) break;
    before = again;
  }
  return before;
}
