import type { Patch } from "./patch.ts";

/** A seeded bug: a mistake one could make, in sources that only a test build has. */
export interface Mutation {
  readonly name: string;
  /** What goes wrong. */
  readonly what: string;
  /** Of the service, of the client, or of both: told apart by their files. */
  readonly patches: readonly Patch[];
  /** Rules of which each by itself would show it. */
  readonly caughtBy: readonly string[];
  /** What has to happen for it to show. */
  readonly needs: string;
  /** How the lab makes that happen, where a few kills and lost connections do not. */
  readonly lab?: LabConditions;
  /** What a run of the simulation has besides for it (`test/sim/service/extras.ts`), whatever its seed says. */
  readonly simulated?: Readonly<Record<string, boolean>>;
  /** The seed that the simulation tries first: of a bug that seldom shows, one that has shown it. */
  readonly firstSeed?: number;
}

/** Of the lab: a profile that has what the bug is in, the faults that show it, and a service in which it shows. */
export interface LabConditions {
  readonly profile?: string;
  readonly faults?: readonly string[];
  /** What the service has besides, with the bug or without: what seldom happens, happens often. */
  readonly service?: readonly Change[];
}

const FOLDERS = { service: ["src/server/", "src/domain/"], client: ["src/client/"] } as const;

/** Those of a mutation's patches that are for a build of the service, or of the client. */
export const patchesFor = ({ patches }: Mutation, side: keyof typeof FOLDERS): readonly Patch[] =>
  patches.filter(({ file }) => FOLDERS[side].some((folder) => file.startsWith(folder)));

export type Change = Omit<Patch, "name">;

export const mutation = (
  name: string,
  what: string,
  needs: string,
  caughtBy: readonly string[],
  changes: readonly Change[],
  lab?: LabConditions,
): Mutation => ({
  name,
  what,
  needs,
  caughtBy,
  patches: changes.map((change) => ({ name, ...change })),
  ...(lab !== undefined && { lab }),
});
