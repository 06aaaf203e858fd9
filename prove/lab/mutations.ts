import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Mutation, patchesFor } from "../builds/mutations.ts";
import type { Patch } from "../builds/patch.ts";
import { checkRun } from "../check/check-run.ts";
import type { Violation } from "../check/invariant.ts";
import type { MutationResult } from "../report/report.ts";
import { drop } from "./faults/drop.ts";
import { kill } from "./faults/kill.ts";
import type { Profile } from "./profiles.ts";
import { run } from "./run.ts";

export interface MutationsOptions {
  readonly mutations: readonly Mutation[];
  readonly profile: Profile;
  readonly seed: number;
  /** Each seed from `seed` on, until one shows it. */
  readonly tries: number;
  /** Empty; each run has a directory of its own in it. */
  readonly directory: string;
  readonly port: number;
  readonly say: (line: string) => void;
}

/** A broken build need not come to rest, so it is not waited for as long as for a whole one. */
const REST_MS = 45_000;
/** Enough for each bug to show; among all faults most rounds would show none. */
const FAULTS = [kill, drop];
/** Where a run with a seeded bug does not come to its end, that shows it as well. */
const NO_END = "no end";

/** Attacks a build with each seeded bug in turn, and says which rules showed it. What a build without any breaks as well shows nothing. */
export async function tryMutations({ mutations, tries, seed, say, ...options }: MutationsOptions): Promise<MutationResult[]> {
  const results: MutationResult[] = [];
  const noise = new Set((await attacked("none", [], { ...options, seed })).map(({ rule }) => rule));
  if (noise.size > 0) say(`without a seeded bug: ${[...noise].join(" ")}; these rules show nothing here`);
  for (const mutation of mutations) {
    const startedAt = performance.now();
    let found: readonly Violation[] = [];
    const isShown = (): boolean => found.some(({ rule }) => mutation.caughtBy.includes(rule));
    for (let attempt = 0; attempt < tries && !isShown(); attempt++) {
      const patches = [...patchesFor(mutation, "service"), ...patchesFor(mutation, "client")];
      found = (await attacked(mutation.name, patches, { ...options, seed: seed + attempt })).filter(({ rule }) => !noise.has(rule));
    }
    const { name, what } = mutation;
    // Another rule may be broken for another reason.
    const caughtBy = isShown() ? [...new Set(found.map(({ rule }) => rule))].sort() : [];
    const first = found.find(({ rule }) => mutation.caughtBy.includes(rule));
    results.push({ name, what, where: "lab", caughtBy, seconds: (performance.now() - startedAt) / 1000, ...(first !== undefined && { first: first.what }) });
    if (first !== undefined) say(`${name}: ${caughtBy.join(" ")}, ${first.what}`);
    else say(`${name}: NOT CAUGHT${found[0] === undefined ? "" : `, though ${found[0].rule} ${found[0].what}`}`);
  }
  return results;
}

type Attack = Pick<MutationsOptions, "profile" | "seed" | "directory" | "port">;

async function attacked(name: string, patches: readonly Patch[], { profile, seed, directory, port }: Attack): Promise<readonly Violation[]> {
  const own = join(directory, `${name}-${seed}`);
  await mkdir(own, { recursive: true });
  const lines: string[] = [];
  const attack = run({ profile, seed, directory: own, port, patches, faults: FAULTS, restMs: REST_MS, say: (line) => lines.push(line) });
  const { troubles } = await attack.catch((error: unknown) => ({ troubles: [String(error), ...lines.slice(-1)] }));
  const { violations } = await checkRun(own);
  return [...violations, ...troubles.map((what) => ({ rule: NO_END, what }))];
}
