/** `npm run prove`: attacks a running Wigwag, and judges what its clients saw. Or asks one question, with `--experiment`. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commit } from "../bench/lib/machine.ts";
import { table } from "../bench/lib/table.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { root } from "../scripts/lib/root.ts";
import { MUTATIONS, mutationOf } from "./builds/mutations.ts";
import { EXPERIMENTS } from "./experiments/catalogue.ts";
import { shortcomings } from "./lab/judgement.ts";
import { tryMutations } from "./lab/mutations.ts";
import { type ProveOptions, readOptions } from "./lab/options.ts";
import { run } from "./lab/run.ts";
import { keep, keepReport, kept } from "./report/results.ts";
import { terminalReport } from "./report/terminal.ts";
import { writeReport } from "./report/write.ts";

/** Reports stay here, and what was found out about the same state of the sources. */
const RESULTS = join(root, "prove/results");
/** Of a seeded bug: a seed may happen not to show it. */
const TRIES = 3;

const say = (line: string): void => console.log(line);
const options = readOptions(process.argv.slice(2));
const directory = await mkdtemp(join(tmpdir(), "wigwag-prove-"));
const task = options.experiment !== undefined ? ask(options.experiment, options) : options.mutations ? catchAll(options) : attack(options);
const failures = await task;
for (const failure of failures) say(`FAILED: ${failure}`);
const stays = options.keep || failures.length > 0;
if (!stays) await rm(directory, { recursive: true, force: true });
say(`${failures.length === 0 ? "passed" : "failed"}, seed ${options.seed}`);
if (stays) say(directory);
process.exit(failures.length > 0 ? 1 : 0);

async function attack({ profile, seed, mutation }: ProveOptions): Promise<string[]> {
  say(`${profile.name}: ${profile.seconds} s, seed ${seed}${mutation === undefined ? "" : `, with the seeded bug ${mutation}`}`);
  const patches = mutation === undefined ? [] : mutationOf(mutation).patches;
  const { totals, faults, troubles } = await run({ profile, seed, directory, port: await freePort(), patches, say });
  const lacking = (violations: number) => shortcomings({ acked: totals.acked, faults, violations, troubles }, profile.ackedPerSecond * profile.seconds);
  const report = await writeReport(directory, { shortcomings: lacking(0), ...(await kept(RESULTS, commit())) });
  say(`\n${terminalReport(report)}\n`);
  say(await keepReport(RESULTS, directory, `${profile.name}-${seed}${mutation === undefined ? "" : `-${mutation}`}`));
  return lacking(report.violations.length);
}

async function catchAll({ profile, seed, mutation }: ProveOptions): Promise<string[]> {
  const mutations = mutation === undefined ? MUTATIONS : [mutationOf(mutation)];
  const results = await tryMutations({ mutations, profile, seed, tries: TRIES, directory, say });
  await keep(RESULTS, "mutations", commit(), { mutations: results });
  say(
    table([
      ["seeded bug", "where", "caught by", "seed"],
      ...results.map(({ name, where, caughtBy, seed: shown = "" }) => [name, where, caughtBy.join(" ") || "NOT CAUGHT", String(shown)]),
    ]),
  );
  return results.flatMap(({ name, caughtBy }) => (caughtBy.length === 0 ? [`${name} was not caught`] : []));
}

async function ask(name: string, { seed, profile: { seconds } }: ProveOptions): Promise<string[]> {
  const experiment = EXPERIMENTS.find((one) => one.name === name);
  if (experiment === undefined) throw new Error(`no experiment ${name}; there are ${EXPERIMENTS.map((one) => one.name).join(", ")}`);
  const missing = await experiment.missing?.();
  if (missing !== undefined) return [`${name} cannot be asked here: ${missing}`];
  say(`${name}: ${experiment.title} Seed ${seed}, ${seconds} s`);
  const finding = await experiment.run({ directory, seed, seconds, say });
  const { figures, violations, tables = [] } = finding;
  await keep(RESULTS, name, commit(), { experiments: [{ name, title: experiment.title, finding }] });
  say(table(Object.entries(figures).map(([figure, value]) => [String(value), figure])));
  for (const { title, columns, rows } of tables) say(`\n${title}\n${table([[...columns], ...rows.map((row) => row.map(String))])}`);
  return violations.map(({ rule, what }) => `${rule}  ${what}`);
}
