import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/free-port.ts";
import { eachBounded } from "../../src/util/each-bounded.ts";
import { type Mutation, patchesFor } from "../builds/mutation.ts";
import type { Patch } from "../builds/patch.ts";
import { checkRun } from "../check/check-run.ts";
import type { Violation } from "../check/invariant.ts";
import type { MutationResult } from "../report/report.ts";
import { DATABASE_FAULTS, FAULTS, PARTICULAR_FAULTS } from "./faults/catalogue.ts";
import { PROFILES, type Profile } from "./profiles.ts";
import { run } from "./run.ts";

export interface MutationsOptions {
  readonly mutations: readonly Mutation[];
  /** For those that name no other. */
  readonly profile: Profile;
  readonly seed: number;
  /** Each seed from `seed` on, until one shows it. */
  readonly tries: number;
  /** Empty; each run has a directory of its own in it. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

/** A broken build need not come to rest, so it is not waited for as long as for a whole one. */
const REST_MS = 45_000;
/** Enough for most bugs to show; among all faults most rounds would show none. */
const MOST_SHOW_IN = ["kill", "drop"] as const;
/** Of a profile's length, for each try: a bug that shows at all shows early, as a rule. */
const LENGTHS = [0.4, 0.7, 1];
const SECONDS_MOST = 40;
/** Runs beside each other: more would take each other's time. */
const AT_ONCE = 2;
/** Where a run with a seeded bug does not come to its end, that shows it as well. */
const NO_END = "no end";

/** Under what a seeded bug shows. */
interface Conditions {
  readonly name: string;
  readonly profile: Profile;
  readonly faults: readonly string[];
  /** What the service has besides. */
  readonly service: readonly Patch[];
}

interface Attack extends Conditions {
  readonly bug: readonly Patch[];
  readonly seed: number;
}

/** Attacks a build with each seeded bug in turn, and says which rules showed it. What a build without any breaks as well shows nothing. */
export async function tryMutations({ mutations, profile, tries, seed, directory, say }: MutationsOptions): Promise<MutationResult[]> {
  const results = new Map<string, MutationResult>();
  const noise = await noises(mutations, profile, seed, directory, say);
  await eachBounded(mutations, AT_ONCE, async (mutation) => {
    const { name, what, caughtBy } = mutation;
    const conditions = conditionsOf(mutation, profile);
    const silent = noise.get(conditions.name) ?? new Set();
    const startedAt = performance.now();
    let found: readonly Violation[] = [];
    const shown = (): Violation | undefined => found.find(({ rule }) => caughtBy.includes(rule));
    let attempt = 0;
    for (; attempt < tries && shown() === undefined; attempt++) {
      const bug = [...patchesFor(mutation, "service"), ...patchesFor(mutation, "client")];
      const attack = { ...conditions, name, bug, profile: shortened(conditions.profile, attempt), seed: seed + attempt };
      found = (await attacked(attack, directory)).filter(({ rule }) => !silent.has(rule));
    }
    const first = shown();
    // Another rule may be broken for another reason.
    const rules = first === undefined ? [] : [...new Set(found.map(({ rule }) => rule))].sort();
    const seconds = (performance.now() - startedAt) / 1000;
    const last = { seed: seed + attempt - 1, tries: attempt };
    const where = `lab, ${conditions.profile.name}`;
    results.set(name, { name, what, where, caughtBy: rules, seconds, ...last, ...(first !== undefined && { first: first.what }) });
    if (first !== undefined) say(`${name}: ${rules.join(" ")}, seed ${last.seed}, ${Math.round(seconds)} s: ${first.what}`);
    else say(`${name}: NOT CAUGHT${found[0] === undefined ? "" : `, though ${found[0].rule} ${found[0].what}`}`);
  });
  return mutations.flatMap(({ name }) => results.get(name) ?? []);
}

/** By conditions, the rules that a build without a seeded bug breaks as well. */
async function noises(mutations: readonly Mutation[], profile: Profile, seed: number, directory: string, say: (line: string) => void) {
  const all = new Map(mutations.map((mutation) => conditionsOf(mutation, profile)).map((one) => [one.name, one]));
  const noise = new Map<string, ReadonlySet<string>>();
  await eachBounded([...all.values()], AT_ONCE, async (conditions) => {
    const broken = await attacked(
      { ...conditions, name: `none-${conditions.name.replace(/\W+/g, "-")}`, bug: [], profile: shortened(conditions.profile, 0), seed },
      directory,
    );
    noise.set(conditions.name, new Set(broken.map(({ rule }) => rule)));
    if (broken[0] === undefined) say(`without a seeded bug, ${conditions.name}: clean`);
    else say(`without a seeded bug, ${conditions.name}: ${broken[0].rule} ${broken[0].what}; such rules show nothing here`);
  });
  return noise;
}

/** Its own, or those under which most show. */
function conditionsOf({ name, lab = {} }: Mutation, otherwise: Profile): Conditions {
  const profile = PROFILES.find((one) => one.name === lab.profile) ?? otherwise;
  const faults = lab.faults ?? MOST_SHOW_IN;
  const service = (lab.service ?? []).map((change) => ({ name: `conditions of ${name}`, ...change }));
  const parts = [profile.name, faults.join(" and "), ...(service.length > 0 ? [`as for ${name}`] : [])];
  return { name: parts.join(", "), profile, faults, service };
}

const shortened = (profile: Profile, attempt: number): Profile => ({
  ...profile,
  seconds: Math.min(profile.seconds, SECONDS_MOST) * (LENGTHS[attempt] ?? 1),
});

async function attacked({ name, bug, service, profile, faults, seed }: Attack, directory: string): Promise<readonly Violation[]> {
  const own = join(directory, `${name}-${seed}`);
  await mkdir(own, { recursive: true });
  const lines: string[] = [];
  const patches = [...service, ...bug];
  const kinds = [...new Set([...FAULTS, ...DATABASE_FAULTS, ...PARTICULAR_FAULTS])].filter((kind) => faults.includes(kind.name));
  const attack = run({ profile, seed, directory: own, port: await freePort(), patches, faults: kinds, restMs: REST_MS, say: (line) => lines.push(line) });
  const { troubles } = await attack.catch((error: unknown) => ({ troubles: [String(error), ...lines.slice(-1)] }));
  const { violations } = await checkRun(own);
  // Fifty of them would be gigabytes.
  await rm(own, { recursive: true, force: true });
  return [...violations, ...troubles.map((what) => ({ rule: NO_END, what }))];
}
