import type { Violation } from "./check/invariant.ts";

/** One question to the running service, with conditions of its own: `npm run prove -- --experiment <name>`. */
export interface Experiment {
  readonly name: string;
  /** What is asked, in a line. */
  readonly title: string;
  /** Why it cannot be asked here (no root, no nft); undefined where it can. */
  readonly missing?: () => Promise<string | undefined>;
  run(context: ExperimentContext): Promise<Finding>;
}

export interface ExperimentContext {
  /** Empty, for what the experiment writes; the caller's to keep or remove. */
  readonly directory: string;
  readonly seed: number;
  /** How long the conditions last; the whole takes some more. */
  readonly seconds: number;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

export interface Finding {
  /** What was measured, by name with unit: `p99 ms of the others`. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** Empty where all that was asked holds. `rule` names a rule of `docs/spec`. */
  readonly violations: readonly Violation[];
  /** Tables and distributions, for the report. */
  readonly tables?: readonly { readonly title: string; readonly columns: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }[];
}
