import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, startChild } from "../../scripts/lib/child.ts";
import { isInstalled, SERVERS } from "../contenders/servers.ts";
import { runLoad } from "../load/job.ts";
import { type Measurement, perCpuSecond } from "../load/measurement.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import type { ContenderName, Scenario } from "../scenarios/scenario.ts";
import { type BenchOptions, contendersIn } from "./options.ts";
import type { Run } from "./report.ts";
import { short } from "./table.ts";

/** The server has a core for itself, and so has the load generator; who shares a core shares its figures. */
const SERVER_CPU = 0;
const LOAD_CPU = 1;

/** A maximum that is only needed to derive a rate from it need not be measured for long. */
const CALIBRATION_SECONDS = 2;

type Outcome = { readonly measurement: Measurement } | { readonly error: string };

/** Contenders take turns within a scenario, scenarios within a pass, so that a machine that drifts drifts for all. */
export async function runAll(options: BenchOptions): Promise<Run[]> {
  const done: Run[] = [];
  const missing = new Set<ContenderName>();
  for (let pass = 1; pass <= options.passes; pass++) {
    for (const scenario of options.scenarios) {
      const ratePerSecond = await rateFor(scenario, pass, done, options);
      for (const contender of contendersIn(options, scenario)) {
        if (!isInstalled(contender)) missing.add(contender);
        else done.push({ scenario: scenario.id, contender, pass, ...(await runOne(scenario, contender, pass, options, ratePerSecond)) });
      }
    }
  }
  if (missing.size > 0) console.warn(`Not installed here, and left out: ${[...missing].join(", ")}`);
  return done;
}

/** The rate that a scenario derives from the base's maximum in this pass: from its run, or from one for this alone. */
async function rateFor({ base, rate }: Scenario, pass: number, done: readonly Run[], options: BenchOptions): Promise<number | undefined> {
  if (rate === undefined) return undefined;
  const known = done.find((run) => run.pass === pass && run.scenario === rate.scenario && run.contender === base)?.measurement;
  const measurement = known ?? (await calibrate(rate.scenario, base, pass, options));
  return measurement === undefined ? undefined : rate.share * (measurement.published / measurement.seconds);
}

async function calibrate(id: string, base: ContenderName, pass: number, options: BenchOptions): Promise<Measurement | undefined> {
  const scenario = SCENARIOS.find((candidate) => candidate.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  const outcome = await runOne(scenario, base, pass, { ...options, seconds: Math.min(options.seconds, CALIBRATION_SECONDS) }, undefined);
  return "measurement" in outcome ? outcome.measurement : undefined;
}

async function runOne(
  scenario: Scenario,
  contender: ContenderName,
  pass: number,
  { port, quick, warmupSeconds, seconds }: BenchOptions,
  ratePerSecond: number | undefined,
): Promise<Outcome> {
  const directory = await mkdtemp(join(tmpdir(), "wigwag-bench-"));
  const label = `pass ${pass}  ${scenario.id}  ${contender}`;
  const waker = scenario.awake === true ? keepAwake(LOAD_CPU) : undefined;
  try {
    const server = await SERVERS[contender]({ port, directory, cpu: SERVER_CPU });
    try {
      const job = { scenario: scenario.id, contender, url: server.url, serverPid: server.pid, warmupSeconds, settles: !quick, ratePerSecond };
      const measurement = await runLoad({ ...job, seconds: Math.max(seconds, scenario.secondsMin ?? 0) }, LOAD_CPU);
      console.log(`${label}: ${short(perCpuSecond(measurement))} ${measurement.unit} per CPU-second`);
      return { measurement };
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${server.log()}`);
    } finally {
      await server.kill();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.error(`${label}: ${message}`);
    return { error: message };
  } finally {
    await waker?.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * On a virtual machine, a frame that wakes a sleeping processor costs the one that sends it more than the frame itself. This keeps the
 * processor from sleeping, and gives way to everything.
 */
const keepAwake = (cpu: number): Child => startChild("chrt", ["-i", "0", "sh", "-c", "while :; do :; done"], { cpu });
