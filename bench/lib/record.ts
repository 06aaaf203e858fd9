import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { htmlReport } from "../report/html.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import type { Machine } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { type Run, type Summary, summarise } from "./report.ts";
import { type Verdict, verdictsOf } from "./verdicts.ts";

/** All that one call of the benchmark has found. */
export interface BenchRecord {
  readonly at: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly passes: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly scenarios: readonly ScenarioRecord[];
  readonly runs: readonly Run[];
}

export interface ScenarioRecord {
  readonly id: string;
  readonly title: string;
  readonly base: string;
  readonly summaries: readonly Summary[];
  readonly verdicts: readonly Verdict[];
}

interface Found {
  readonly at: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly options: BenchOptions;
  readonly runs: readonly Run[];
}

export function recordOf({ at, commit, machine, options, runs }: Found): BenchRecord {
  const { passes, seconds, warmupSeconds } = options;
  const scenarios = SCENARIOS.filter(({ id }) => runs.some(({ scenario }) => scenario === id)).map((scenario) => {
    const summaries = summarise(scenario, runs);
    return { id: scenario.id, title: scenario.title, base: scenario.base, summaries, verdicts: verdictsOf(scenario, summaries) };
  });
  return { at, commit, machine, passes, seconds, warmupSeconds, scenarios, runs };
}

/** Answers where it stands. */
export async function save(record: BenchRecord): Promise<string[]> {
  const directory = join(import.meta.dirname, "../results");
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${record.at.slice(0, 16).replace(":", "")}-${record.commit}`);
  await writeFile(`${path}.json`, `${JSON.stringify(record, null, 2)}\n`);
  await writeFile(`${path}.html`, await htmlReport(record));
  return [`${path}.json`, `${path}.html`];
}
