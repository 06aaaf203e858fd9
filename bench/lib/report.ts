import type { Measurement } from "../load/measurement.ts";
import type { ContenderName, Scenario } from "../scenarios/scenario.ts";
import { FIGURES, type FigureName } from "./figures.ts";
import { median, short, table } from "./table.ts";
import { type Verdict, verdictsOf } from "./verdicts.ts";

/** One run; the record keeps them all, the table shows medians. */
export interface Run {
  readonly scenario: string;
  readonly contender: ContenderName;
  readonly pass: number;
  readonly measurement?: Measurement;
  readonly error?: string;
}

/** Medians over the passes; the ratios are between runs of one pass each, and NaN for want of a pair. */
export interface FigureSummary {
  readonly value: number;
  readonly ratio: number;
  readonly ratioMin: number;
  readonly ratioMax: number;
}

export interface Summary {
  readonly contender: ContenderName;
  readonly unit: string;
  readonly passes: number;
  readonly figures: Readonly<Record<FigureName, FigureSummary>>;
}

const NAMES = Object.keys(FIGURES) as FigureName[];

export function summarise(scenario: Scenario, runs: readonly Run[]): Summary[] {
  const of = (contender: ContenderName): { pass: number; measurement: Measurement }[] =>
    runs.flatMap(({ scenario: id, contender: name, pass, measurement }) =>
      id === scenario.id && name === contender && measurement !== undefined ? [{ pass, measurement }] : [],
    );
  const base = new Map(of(scenario.base).map(({ pass, measurement }) => [pass, measurement]));
  return scenario.contenders.flatMap((contender) => {
    const done = of(contender);
    const [first] = done;
    if (first === undefined) return [];
    const summary = (name: FigureName): FigureSummary => {
      const figure = (measurement: Measurement): number => FIGURES[name].of(measurement) ?? Number.NaN;
      const ratios = done.flatMap(({ pass, measurement }) => {
        const basis = base.get(pass);
        return basis === undefined ? [] : [figure(measurement) / figure(basis)];
      });
      const [ratio, ratioMin, ratioMax] = ratios.length === 0 ? [] : [median(ratios), Math.min(...ratios), Math.max(...ratios)];
      return {
        value: median(done.map(({ measurement }) => figure(measurement))),
        ratio: ratio ?? Number.NaN,
        ratioMin: ratioMin ?? Number.NaN,
        ratioMax: ratioMax ?? Number.NaN,
      };
    };
    const figures = Object.fromEntries(NAMES.map((name) => [name, summary(name)])) as Record<FigureName, FigureSummary>;
    return [{ contender, unit: first.measurement.unit, passes: done.length, figures }];
  });
}

export function render(scenario: Scenario, summaries: readonly Summary[]): string {
  const ratios = scenario.ratios ?? [];
  const head = [
    summaries[0]?.unit ?? "",
    FIGURES.perCpuSecond.title,
    `x ${scenario.base}`,
    "(min-max)",
    ...scenario.columns.map((name) => FIGURES[name].title),
    ...ratios.map((name) => `${FIGURES[name].title} x`),
  ];
  const rows = summaries.map(({ contender, passes, figures }) => [
    contender,
    short(figures.perCpuSecond.value),
    short(figures.perCpuSecond.ratio),
    passes > 1 ? `${short(figures.perCpuSecond.ratioMin)}-${short(figures.perCpuSecond.ratioMax)}` : "",
    ...scenario.columns.map((name) => FIGURES[name].text(figures[name].value)),
    ...ratios.map((name) => short(figures[name].ratio)),
  ]);
  const verdicts = verdictsOf(scenario, summaries).map(line);
  return [scenario.title, table([head, ...rows]), ...verdicts].join("\n");
}

const line = ({ contender, what, reached, met }: Verdict): string =>
  `${met === undefined ? "not measured" : met ? "met   " : "MISSED"}  ${contender}: ${what}${met === undefined ? "" : `; reached ${reached}`}`;
