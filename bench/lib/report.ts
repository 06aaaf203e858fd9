import { type Measurement, perCpuSecond, perSecond } from "../load/measurement.ts";
import type { ContenderName, Scenario } from "../scenarios/scenario.ts";
import { median, short, table } from "./table.ts";

/** One run; the record keeps them all, the table shows medians. */
export interface Run {
  readonly scenario: string;
  readonly contender: ContenderName;
  readonly pass: number;
  readonly measurement?: Measurement;
  readonly error?: string;
}

export interface Summary {
  readonly contender: ContenderName;
  readonly unit: string;
  readonly passes: number;
  readonly perCpuSecond: number;
  /** Median of the ratios to the base, each within one pass; NaN for want of a pair. */
  readonly ratio: number;
  readonly ratioMin: number;
  readonly ratioMax: number;
  readonly perSecond: number;
  readonly serverShare: number;
  readonly loadShare: number;
  readonly perFrame: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly kbPerConnection: number;
}

export function summarise(scenario: Scenario, runs: readonly Run[]): Summary[] {
  const of = (contender: ContenderName) => runs.filter((run) => run.scenario === scenario.id && run.contender === contender && run.measurement !== undefined);
  const base = new Map(of(scenario.base).map(({ pass, measurement }) => [pass, measurement]));
  return scenario.contenders.flatMap((contender) => {
    const done = of(contender);
    if (done.length === 0) return [];
    const middle = (figure: (measurement: Measurement) => number | undefined): number =>
      median(done.map(({ measurement }) => (measurement && figure(measurement)) ?? Number.NaN));
    const ratios = done.flatMap(({ pass, measurement }) => {
      const basis = base.get(pass);
      return basis && measurement ? [perCpuSecond(measurement) / perCpuSecond(basis)] : [];
    });
    return {
      contender,
      unit: done[0]?.measurement?.unit ?? "",
      passes: done.length,
      perCpuSecond: middle(perCpuSecond),
      ratio: median(ratios),
      ratioMin: Math.min(...ratios),
      ratioMax: Math.max(...ratios),
      perSecond: middle(perSecond),
      serverShare: middle((m) => m.serverCpuSeconds / m.seconds),
      loadShare: middle((m) => m.loadShare),
      perFrame: middle((m) => m.count / m.frames),
      p50Ms: middle((m) => m.p50Ms),
      p99Ms: middle((m) => m.p99Ms),
      kbPerConnection: middle((m) => (m.rssBytesPerConnection ?? Number.NaN) / 1000),
    };
  });
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

export function render(scenario: Scenario, summaries: readonly Summary[]): string {
  const connections = summaries[0]?.unit === "connections";
  const extra = connections ? ["kB each"] : ["per frame", "p50 ms", "p99 ms"];
  const head = [summaries[0]?.unit ?? "", "per CPU-s", `x ${scenario.base}`, "(min-max)", "per second", "server", "load", ...extra];
  const rows = summaries.map((s) => [
    s.contender,
    short(s.perCpuSecond),
    short(s.ratio),
    s.passes > 1 ? `${short(s.ratioMin)}-${short(s.ratioMax)}` : "",
    short(s.perSecond),
    percent(s.serverShare),
    percent(s.loadShare),
    ...(connections ? [short(s.kbPerConnection)] : [short(s.perFrame), short(s.p50Ms), short(s.p99Ms)]),
  ]);
  return `${scenario.title}\n${table([head, ...rows])}`;
}
