import type { RunEvent } from "../record/event.ts";
import { type Figures, FiguresWatch } from "./figures.ts";
import type { Violation } from "./invariant.ts";
import { type CheckOptions, invariants } from "./invariants.ts";

export interface Verdict {
  /** Empty where all that must be true is. */
  readonly violations: readonly Violation[];
  readonly figures: Figures;
  /** Messages that were lost or repeated, and the like. */
  readonly tally: Readonly<Record<string, number>>;
}

/** Judges a run by its events: those of one device in their order, those of several by time. Reads them once. */
export function check(events: Iterable<RunEvent>, options: CheckOptions = {}): Verdict {
  const watches = invariants(options).map((invariant) => invariant.begin());
  const figures = new FiguresWatch();
  for (const event of events) {
    figures.see(event);
    for (const watch of watches) watch.see(event);
  }
  const violations = watches.flatMap((watch) => watch.end());
  const tally: Record<string, number> = {};
  for (const watch of watches) for (const [name, count] of Object.entries(watch.tally?.() ?? {})) tally[name] = (tally[name] ?? 0) + count;
  return { violations, figures: figures.end(), tally };
}
