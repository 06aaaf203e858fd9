/** `npm run prove`: attacks a running Wigwag, and judges what its clients saw. Or asks one question, with `--experiment`. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../scripts/lib/free-port.ts";
import { mutationOf } from "./builds/mutations.ts";
import { checkRun } from "./check/check-run.ts";
import { EXPERIMENTS } from "./experiments/catalogue.ts";
import { shortcomings } from "./lab/judgement.ts";
import { type ProveOptions, readOptions } from "./lab/options.ts";
import { run } from "./lab/run.ts";

const say = (line: string): void => console.log(line);
const options = readOptions(process.argv.slice(2));
const directory = await mkdtemp(join(tmpdir(), "wigwag-prove-"));
const failures = await (options.experiment === undefined ? attack(options) : ask(options.experiment, options));
for (const failure of failures) say(`FAILED: ${failure}`);
const keep = options.keep || failures.length > 0;
if (!keep) await rm(directory, { recursive: true, force: true });
say(failures.length === 0 ? `passed: seed ${options.seed}` : `failed: seed ${options.seed}`);
if (keep) say(directory);
process.exit(failures.length > 0 ? 1 : 0);

async function attack({ profile, seed, mutation }: ProveOptions): Promise<string[]> {
  say(`${profile.name}: ${profile.seconds} s, seed ${seed}${mutation === undefined ? "" : `, with the seeded bug ${mutation}`}`);
  const patches = mutation === undefined ? [] : mutationOf(mutation).patches;
  const { totals, faults, troubles } = await run({ profile, seed, directory, port: await freePort(), patches, say });
  const { violations, figures } = await checkRun(directory);
  say(JSON.stringify(figures, null, 1));
  for (const { rule, what } of violations) say(`${rule}  ${what}`);
  return shortcomings({ acked: totals.acked, faults, violations: violations.length, troubles }, profile.ackedPerSecond * profile.seconds);
}

async function ask(name: string, { seed, profile: { seconds } }: ProveOptions): Promise<string[]> {
  const experiment = EXPERIMENTS.find((one) => one.name === name);
  if (experiment === undefined) throw new Error(`no experiment ${name}; there are ${EXPERIMENTS.map((one) => one.name).join(", ")}`);
  const missing = await experiment.missing?.();
  if (missing !== undefined) return [`${name} cannot be asked here: ${missing}`];
  say(`${name}: ${experiment.title} Seed ${seed}, ${seconds} s`);
  const { figures, violations, tables = [] } = await experiment.run({ directory, seed, seconds, say });
  for (const [figure, value] of Object.entries(figures)) say(`${String(value).padStart(12)}  ${figure}`);
  for (const { title, columns, rows } of tables) {
    say(`\n${title}`);
    console.table(rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))));
  }
  return violations.map(({ rule, what }) => `${rule}  ${what}`);
}
