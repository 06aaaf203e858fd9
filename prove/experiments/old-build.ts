import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/free-port.ts";
import { must } from "../../src/util/assert.ts";
import { checkOutOld, oldSourcesMissing } from "../builds/old-sources.ts";
import type { Patch } from "../builds/patch.ts";
import { checkRun } from "../check/check-run.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment } from "../experiment.ts";
import type { FaultKind } from "../lab/fault.ts";
import { deploy } from "../lab/faults/deploy.ts";
import { drop } from "../lab/faults/drop.ts";
import { kill } from "../lab/faults/kill.ts";
import { PROFILES } from "../lab/profiles.ts";
import { run } from "../lab/run.ts";
import { migratedShare } from "./old-build/migrated.ts";

const RULE = "HX14";
/** A table that only the next release has: each object has to bring itself there when it wakes. */
const NEXT_TABLE = "of_the_next_release";
const NEXT_STEP: Patch = {
  name: "schema step",
  file: "src/server/objects/shell/schema.ts",
  find: "export function migrate(sql: SqlStorage, steps: readonly string[]): void {\n",
  replace: `export function migrate(sql: SqlStorage, released: readonly string[]): void {
  const steps = [...released, "CREATE TABLE ${NEXT_TABLE} (one INTEGER)"];
`,
};
/** So long the old build has the service to itself, then the faults come as ever. */
const QUIET_MS = { least: 3_000, most: 6_000 };

/** Today's build takes over what an old one has written, under the sockets of old clients and new ones. */
export const OLD_BUILD: Experiment = {
  name: "old-build",
  title: "an old build and its storage are taken over by a new one with another schema, under old and new clients: all that is asked of any run holds",
  missing: oldSourcesMissing,
  run: async ({ directory, seed, seconds, say }) => {
    const before = await checkOutOld(join(directory, "old"));
    say(`the old build: ${before.commit} of ${before.date}`);
    const own = join(directory, "run");
    await mkdir(own, { recursive: true });
    const short = must(
      PROFILES.find(({ name }) => name === "short"),
      "there is a short profile",
    );
    const profile = { ...short, seconds, quietMs: QUIET_MS, together: 1 };
    const outcome = await run({ profile, seed, directory: own, port: await freePort(), faults: [deployFirst()], before, nextPatches: [NEXT_STEP], say });
    const { violations: broken, figures } = await checkRun(own);
    const violations: Violation[] = [...broken, ...outcome.troubles.map((what) => ({ rule: RULE, what }))];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    const deploys = figures.faults.deploy ?? 0;
    if (deploys === 0) wrong("the new build never came");
    const migrated = migratedShare(join(own, "server", "storage"), NEXT_TABLE);
    for (const { kind, objects, migrated: done } of migrated) if (done === 0) wrong(`none of ${objects} ${kind} was brought to the new schema`);
    const channels = must(
      migrated.find(({ kind }) => kind === "ChannelObject"),
      "there are channels",
    );
    if (channels.migrated < channels.objects) wrong(`${channels.migrated} of ${channels.objects} channels were brought to the new schema, and all are in use`);
    return {
      figures: {
        "old build": `${before.commit} of ${before.date}`,
        acknowledged: figures.acked,
        heard: figures.deliveries,
        "taken over": deploys,
        "other faults": outcome.faults - deploys,
        ...Object.fromEntries(migrated.map(({ kind, objects, migrated: done }) => [`${kind}: brought to the new schema`, `${done} of ${objects}`])),
      },
      violations,
    };
  },
};

/** First the new build, then whatever may happen to any. */
function deployFirst(): FaultKind {
  let isDone = false;
  return {
    name: "deploy-first",
    inflict: (lab, random) => {
      if (isDone) return (random() < 0.5 ? kill : drop).inflict(lab, random);
      isDone = true;
      return deploy.inflict(lab, random);
    },
  };
}
