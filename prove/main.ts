/** `npm run prove`: attacks a running Wigwag, and judges what its clients saw. */

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../scripts/lib/free-port.ts";
import { checkRun } from "./check/check-run.ts";
import { shortcomings } from "./lab/judgement.ts";
import { readOptions } from "./lab/options.ts";
import { run } from "./lab/run.ts";

const { profile, seed, keep } = readOptions(process.argv.slice(2));
const directory = await mkdtemp(join(tmpdir(), "wigwag-prove-"));
await mkdir(directory, { recursive: true });
const say = (line: string): void => console.log(line);

say(`prove: profile ${profile.name}, ${profile.seconds} s, seed ${seed}, in ${directory}`);
const outcome = await run({ profile, seed, directory, port: await freePort(), say });
const { violations, figures } = await checkRun(directory);
say(JSON.stringify(figures, null, 1));
for (const { rule, what, at } of violations) say(`${rule} ${at === undefined ? "" : `at ${at.toFixed(0)} `}${what}`);
const found = shortcomings(
  { acked: outcome.totals.acked, faults: outcome.faults, violations: violations.length, troubles: outcome.troubles },
  profile.ackedPerSecond * profile.seconds,
);
for (const line of found) say(`FAILED: ${line}`);
if (found.length === 0 && !keep) await rm(directory, { recursive: true, force: true });
process.exit(found.length > 0 ? 1 : 0);
