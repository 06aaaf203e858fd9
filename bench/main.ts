import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SERVERS } from "./contenders/servers.ts";
import { DESCRIPTORS_NEEDED, withDescriptors } from "./lib/descriptors.ts";
import { commit, machine } from "./lib/machine.ts";
import { type BenchOptions, readOptions } from "./lib/options.ts";
import { type Run, render, summarise } from "./lib/report.ts";
import { short } from "./lib/table.ts";
import { runLoad } from "./load/job.ts";
import { type Measurement, perCpuSecond } from "./load/measurement.ts";
import type { ContenderName, Scenario } from "./scenarios/scenario.ts";

/** The server has a core for itself, and so has the load generator; who shares a core shares its figures. */
const SERVER_CPU = 0;
const LOAD_CPU = 1;

const descriptors = withDescriptors();
const options = readOptions(process.argv.slice(2));
if (descriptors < DESCRIPTORS_NEEDED) console.warn(`Only ${descriptors} open files allowed; scenarios with 5,000 members need ${DESCRIPTORS_NEEDED}.`);
const where = machine();
if (where.loadBefore > 0.5) console.warn(`Load is ${where.loadBefore.toFixed(2)}: something else is running, trust ratios only.`);
const runs = await runAll(options);

for (const scenario of options.scenarios) console.log(`\n${render(scenario, summarise(scenario, runs))}`);
console.log(`\n${await save(runs)}`);
const failed = runs.filter(({ error }) => error !== undefined);
for (const { scenario, contender, pass, error } of failed) console.error(`\nFAILED ${scenario} ${contender} pass ${pass}: ${error}`);
process.exit(failed.length > 0 ? 1 : 0);

/** Contenders take turns within a scenario, scenarios within a pass, so that a machine that drifts drifts for all. */
async function runAll({ passes, scenarios, contenders }: BenchOptions): Promise<Run[]> {
  const done: Run[] = [];
  for (let pass = 1; pass <= passes; pass++) {
    for (const scenario of scenarios) {
      for (const contender of scenario.contenders.filter((name) => contenders.includes(name))) {
        done.push({ scenario: scenario.id, contender, pass, ...(await runOne(scenario, contender, pass)) });
      }
    }
  }
  return done;
}

async function runOne(scenario: Scenario, contender: ContenderName, pass: number): Promise<{ measurement: Measurement } | { error: string }> {
  const directory = await mkdtemp(join(tmpdir(), "wigwag-bench-"));
  const label = `pass ${pass}  ${scenario.id}  ${contender}`;
  try {
    const server = await SERVERS[contender]({ port: options.port, directory, cpu: SERVER_CPU });
    try {
      const { warmupSeconds, seconds } = options;
      const measurement = await runLoad({ scenario: scenario.id, contender, url: server.url, serverPid: server.pid, warmupSeconds, seconds }, LOAD_CPU);
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
    await rm(directory, { recursive: true, force: true });
  }
}

async function save(all: readonly Run[]): Promise<string> {
  const directory = join(import.meta.dirname, "results");
  await mkdir(directory, { recursive: true });
  const at = new Date().toISOString();
  const path = join(directory, `${at.slice(0, 16).replace(":", "")}-${commit()}.json`);
  const summaries = Object.fromEntries(options.scenarios.map((scenario) => [scenario.id, summarise(scenario, all)]));
  const { passes, seconds, warmupSeconds } = options;
  await writeFile(path, `${JSON.stringify({ at, commit: commit(), machine: where, passes, seconds, warmupSeconds, summaries, runs: all }, null, 2)}\n`);
  return path;
}
