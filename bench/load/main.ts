import { ADAPTERS } from "../contenders/adapters.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import type { LoadJob, LoadReport } from "./job.ts";
import { Phases, startMeter } from "./meter.ts";

/** The load generator: one process per run, told what to do in argv[2], answering over IPC. */
const report = (message: LoadReport): void => {
  process.send?.(message, () => process.exit(0));
};

const fail = (error: unknown): void => report({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
// What a socket's handler finds wrong, a lost message above all, ends the run.
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
process.on("disconnect", () => process.exit(1));

const job: LoadJob = JSON.parse(process.argv[2] ?? "{}");
const scenario = SCENARIOS.find(({ id }) => id === job.scenario);
if (scenario === undefined) throw new Error(`no scenario ${job.scenario}`);
const { serverPid, warmupSeconds, settles, seconds, url, contender, ratePerSecond } = job;
const phases = new Phases(serverPid, "connect");
const measurement = await scenario.run({
  serverPid,
  warmupSeconds,
  settles,
  seconds,
  ratePerSecond,
  adapter: (clients) => ADAPTERS[contender]({ url, clients }),
  phase: (name) => phases.next(name),
  startMeter: () => {
    process.send?.({ measuring: true } satisfies LoadReport);
    phases.next("measured");
    return startMeter(serverPid);
  },
});
report({ measurement: { ...measurement, phases: phases.all() } });
