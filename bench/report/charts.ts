import { FIGURES, type FigureName } from "../lib/figures.ts";
import type { BenchRecord, ScenarioRecord } from "../lib/record.ts";
import type { Scenario } from "../scenarios/scenario.ts";

/** What the page's program draws: a bar for each contender, with a point for each pass. */
export interface Chart {
  /** Of the element that it stands in. */
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Ratios spread over two decades: a bar of a tenth and one of thirty have to be seen. */
  readonly logarithmic: boolean;
  readonly bars: readonly Bar[];
  /** The bounds of targets. */
  readonly lines: readonly { readonly label: string; readonly at: number }[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly points: readonly number[];
  readonly ours: boolean;
}

export const chartId = (scenario: string, name: string): string => `chart-${scenario}-${name}`;

/** Work per CPU-second as ratios, and what else the scenario is about. */
export function chartsOf(record: BenchRecord, scenario: ScenarioRecord, { columns, targets }: Pick<Scenario, "columns" | "targets">): Chart[] {
  const bars = (value: (summary: ScenarioRecord["summaries"][number]) => number, point: (contender: string, pass: number) => number | undefined): Bar[] =>
    scenario.summaries.flatMap((summary) => {
      const middle = value(summary);
      if (!Number.isFinite(middle)) return [];
      const points = Array.from({ length: record.passes }, (_, pass) => point(summary.contender, pass + 1)).filter((each) => each !== undefined);
      return [{ label: summary.contender, value: middle, points, ours: summary.contender.startsWith("wigwag") }];
    });
  const measured = (contender: string, pass: number, figure: FigureName): number | undefined => {
    const run = record.runs.find((each) => each.scenario === scenario.id && each.contender === contender && each.pass === pass);
    return run?.measurement === undefined ? undefined : FIGURES[figure].of(run.measurement);
  };
  const ratio = (contender: string, pass: number, figure: FigureName): number | undefined => {
    const own = measured(contender, pass, figure);
    const base = measured(scenario.base, pass, figure);
    return own === undefined || base === undefined ? undefined : own / base;
  };
  const lines = (figure: FigureName, kind: "ratio" | "value") =>
    targets.flatMap((target) =>
      target.kind === kind && target.figure === figure ? [{ label: `${target.contender} ${target.sense} ${target.bound}`, at: target.bound }] : [],
    );

  const work: Chart = {
    id: chartId(scenario.id, "work"),
    title: `${scenario.summaries[0]?.unit ?? "work"} per CPU-second of the server, as a multiple of ${scenario.base}`,
    unit: "×",
    logarithmic: true,
    bars: bars(
      ({ figures }) => figures.perCpuSecond.ratio,
      (contender, pass) => ratio(contender, pass, "perCpuSecond"),
    ),
    lines: lines("perCpuSecond", "ratio"),
  };
  const second = figureToShow(columns, targets);
  if (second === undefined) return [work];
  const { title } = FIGURES[second];
  const asRatio = lines(second, "value").length === 0 && lines(second, "ratio").length > 0;
  const other: Chart = {
    id: chartId(scenario.id, "other"),
    title: asRatio ? `${title}, as a multiple of ${scenario.base}` : title,
    unit: asRatio ? "×" : "",
    logarithmic: second === "p99Ms" || second === "p50Ms",
    bars: asRatio
      ? bars(
          ({ figures }) => figures[second].ratio,
          (contender, pass) => ratio(contender, pass, second),
        )
      : bars(
          ({ figures }) => figures[second].value,
          (contender, pass) => measured(contender, pass, second),
        ),
    lines: lines(second, asRatio ? "ratio" : "value"),
  };
  return [work, other].filter((chart) => chart.bars.length > 0);
}

/** What a target speaks of, else the latency. */
function figureToShow(columns: readonly FigureName[], targets: Scenario["targets"]): FigureName | undefined {
  const named = targets.map(({ figure }) => figure).find((figure) => figure !== "perCpuSecond");
  return named ?? columns.find((figure) => figure === "p99Ms");
}
