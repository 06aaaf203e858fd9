import type { Violation } from "../../../prove/check/invariant.ts";
import type { Simulation } from "./simulate.ts";

/** Something that the simulation finds and that stands in the product: what it is, why, and by which seed it is seen. */
export interface Known {
  readonly title: string;
  readonly why: string;
  /** Shows it. */
  readonly seed: number;
  /** Only in runs that had such a fault. */
  readonly after: RegExp;
  readonly rules: readonly string[];
  readonly what: RegExp;
}

/**
 * Each is a debt: whoever pays it takes it out of here, and its seed goes to `seeds.ts`. A test says that each still shows, so that
 * none outlives its reason.
 */
export const KNOWN: readonly Known[] = [];

export function isKnown({ rule, what }: Violation, { events }: Simulation): boolean {
  const faults = events.flatMap((event) => (event.is === "fault" ? event.name : []));
  return KNOWN.some((known) => known.rules.includes(rule) && known.what.test(what) && faults.some((name) => known.after.test(name)));
}

export const news = (run: Simulation): Violation[] => run.violations.filter((violation) => !isKnown(violation, run));
