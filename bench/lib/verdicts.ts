import type { ContenderName, Scenario } from "../scenarios/scenario.ts";
import type { Target } from "../scenarios/targets.ts";
import { FIGURES } from "./figures.ts";
import type { Summary } from "./report.ts";
import { short } from "./table.ts";

/** What became of a target; `met` is undefined where the runs that it takes are missing. */
export interface Verdict {
  readonly contender: ContenderName;
  /** The target in words. */
  readonly what: string;
  readonly reached: string;
  readonly met: boolean | undefined;
}

export const verdictsOf = (scenario: Scenario, summaries: readonly Summary[]): Verdict[] =>
  scenario.targets.map((target) => (target.kind === "above" ? comparison(target, summaries) : bound(target, scenario.base, summaries)));

const summaryOf = (summaries: readonly Summary[], name: ContenderName): Summary | undefined => summaries.find(({ contender }) => contender === name);

function bound(target: Extract<Target, { bound: number }>, base: ContenderName, summaries: readonly Summary[]): Verdict {
  const { contender, figure, kind, sense, bound: limit } = target;
  const measured = summaryOf(summaries, contender)?.figures[figure];
  const reached = (kind === "ratio" ? measured?.ratio : measured?.value) ?? Number.NaN;
  const met = Number.isNaN(reached) ? undefined : sense === "at least" ? reached >= limit : reached <= limit;
  const unit = kind === "ratio" ? ` x ${base}` : "";
  return { contender, what: `${FIGURES[figure].title} ${sense} ${limit}${unit}`, reached: `${short(reached)}${unit}`, met };
}

function comparison({ contender, figure, others }: Extract<Target, { kind: "above" }>, summaries: readonly Summary[]): Verdict {
  const value = (name: ContenderName): number => summaryOf(summaries, name)?.figures[figure].ratio ?? Number.NaN;
  const own = value(contender);
  const theirs = others.map((name) => ({ name, value: value(name) })).filter(({ value: ratio }) => !Number.isNaN(ratio));
  const best = Math.max(...theirs.map(({ value: ratio }) => ratio));
  const met = Number.isNaN(own) || theirs.length === 0 ? undefined : own > best;
  const names = theirs.map(({ name, value: ratio }) => `${name} ${short(ratio)}`).join(", ");
  return { contender, what: `above ${others.join(", ")}`, reached: `${short(own)} (${names})`, met };
}
