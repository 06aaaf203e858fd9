import type { RunEvent } from "../record/event.ts";

/** One thing that must be true of every run, under the id of its rule in `docs/spec/prove.md`. */
export interface Invariant {
  readonly rule: string;
  readonly title: string;
  begin(): Watch;
}

/** Sees a run's events: those of one device in their order, those of several devices by time. */
export interface Watch {
  see(event: RunEvent): void;
  /** What was wrong, after the last event. */
  end(): readonly Violation[];
  /** How often, by what it is, where one violation stands for many. After `end`. */
  tally?(): Readonly<Record<string, number>>;
}

export interface Violation {
  readonly rule: string;
  readonly what: string;
  /** When it showed, on the run's clock. */
  readonly at?: number | undefined;
}
