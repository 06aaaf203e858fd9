import { check, type Verdict } from "../check/check.ts";
import { promisesOf } from "../check/check-run.ts";
import type { Violation } from "../check/invariant.ts";
import { type CheckOptions, invariants } from "../check/invariants.ts";
import { type RunNotes, readEvents, readNotes } from "../check/run-directory.ts";
import type { Finding } from "../experiment.ts";
import type { RunEvent } from "../record/event.ts";
import { Surroundings } from "./surroundings.ts";
import { type Timeline, TimelineWatch } from "./timeline.ts";

/** What became of one seeded bug. */
export interface MutationResult {
  readonly name: string;
  readonly what: string;
  /** Where it was run: `lab`, `simulation`. */
  readonly where: string;
  /** Rules that showed it; none where it was not caught. */
  readonly caughtBy: readonly string[];
  readonly seconds: number;
  /** The one that showed it, or the last that was tried; and how many were. */
  readonly seed?: number;
  readonly tries?: number;
  /** The first thing that was wrong. */
  readonly first?: string;
}

export interface ExperimentResult {
  readonly name: string;
  readonly title: string;
  /** Or why it was not run. */
  readonly finding: Finding | string;
}

export interface Shown extends Violation {
  readonly around: readonly RunEvent[];
}

export interface Report extends Omit<Verdict, "violations"> {
  readonly run: RunNotes;
  /** Everything holds, and the run was one that can show it. */
  readonly holds: boolean;
  /** What the run lacked to prove anything. */
  readonly shortcomings: readonly string[];
  readonly rules: readonly { readonly rule: string; readonly title: string; readonly broken: number }[];
  readonly violations: readonly Shown[];
  readonly timeline: Timeline;
  readonly experiments: readonly ExperimentResult[];
  readonly mutations: readonly MutationResult[];
}

export interface ReportOptions {
  readonly shortcomings?: readonly string[];
  readonly experiments?: readonly ExperimentResult[];
  readonly mutations?: readonly MutationResult[];
  readonly check?: CheckOptions;
}

/** Judges a run directory, and says what there is to say of it. Reads it twice where something is wrong. */
export function reportOn(directory: string, { shortcomings = [], experiments = [], mutations = [], check: given = {} }: ReportOptions = {}): Report {
  const run = readNotes(directory);
  const options = { ...promisesOf(run), ...given };
  const timeline = new TimelineWatch();
  const verdict = check(tapped(readEvents(directory), timeline), options);
  const surroundings = new Surroundings(verdict.violations);
  if (verdict.violations.length > 0) for (const event of readEvents(directory)) surroundings.see(event);
  const found = experiments.flatMap(({ finding }) => (typeof finding === "string" ? [] : finding.violations));
  const missed = mutations.filter(({ caughtBy }) => caughtBy.length === 0);
  return {
    ...verdict,
    run,
    shortcomings,
    experiments,
    mutations,
    holds: verdict.violations.length + found.length + missed.length + shortcomings.length === 0,
    rules: invariants(options).map(({ rule, title }) => ({ rule, title, broken: verdict.violations.filter((one) => one.rule === rule).length })),
    violations: verdict.violations.map((violation) => ({ ...violation, around: surroundings.of(violation) })),
    timeline: timeline.end(),
  };
}

function* tapped(events: Iterable<RunEvent>, timeline: TimelineWatch): Generator<RunEvent> {
  for (const event of events) {
    timeline.see(event);
    yield event;
  }
}
