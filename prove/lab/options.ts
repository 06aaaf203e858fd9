import { parseArgs } from "node:util";
import { PROFILES, type Profile } from "./profiles.ts";

export interface ProveOptions {
  readonly profile: Profile;
  readonly seed: number;
  readonly experiment: string | undefined;
  readonly mutation: string | undefined;
  /** Each seeded bug in turn; or the one, until a seed shows it. */
  readonly mutations: boolean;
  /** The run directory stays though all went well. */
  readonly keep: boolean;
}

const SEED_MAX = 2 ** 31;

export function readOptions(args: readonly string[]): ProveOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string" },
      hours: { type: "string" },
      seconds: { type: "string" },
      seed: { type: "string" },
      profile: { type: "string", default: "standard" },
      experiment: { type: "string" },
      mutation: { type: "string" },
      mutations: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
    },
  });
  const profile = PROFILES.find(({ name }) => name === values.profile);
  if (profile === undefined) throw new Error(`no profile ${values.profile}; there are ${PROFILES.map(({ name }) => name).join(", ")}`);
  const { hours, minutes, seconds, experiment, mutation, mutations, keep } = values;
  const asked = [number("hours", hours, 3_600), number("minutes", minutes, 60), number("seconds", seconds, 1)].find((value) => value !== undefined);
  const seed = number("seed", values.seed, 1) ?? Math.floor(Math.random() * SEED_MAX);
  return { profile: { ...profile, seconds: asked ?? profile.seconds }, seed, experiment, mutation, mutations, keep };
}

function number(name: string, text: string | undefined, unit: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} is a number, not ${text}`);
  return value * unit;
}
