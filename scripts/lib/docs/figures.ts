import * as z from "zod";
import { table } from "./markdown.ts";

const figure = z.object({ value: z.number().nullable(), ratio: z.number().nullable() });

/** What the README takes from a record of the benchmark. */
const record = z.object({
  at: z.string(),
  commit: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryGiB: z.number(), workerd: z.string(), node: z.string() }),
  passes: z.number(),
  seconds: z.number(),
  scenarios: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      summaries: z.array(z.object({ contender: z.string(), unit: z.string(), figures: z.object({ perCpuSecond: figure, p50Ms: figure, p99Ms: figure }) })),
    }),
  ),
});

const number = (value: number | null, digits = 0): string => (value === null ? "" : value.toLocaleString("en", { maximumFractionDigits: digits }));

/** The part of a record that somebody in a hurry wants to see. */
export interface Choice {
  readonly scenarios: readonly string[];
  readonly contenders: readonly string[];
}

/** One line per scenario and contender, of all or of those chosen, with where and when it was measured. */
export function figuresOf(json: unknown, only?: Choice): string {
  const { at, commit, machine, passes, seconds, scenarios } = record.parse(json);
  const shown = only === undefined ? scenarios : scenarios.filter(({ id }) => only.scenarios.includes(id));
  const rows = shown.flatMap(({ title, summaries }) => {
    const those = only === undefined ? summaries : summaries.filter(({ contender }) => only.contenders.includes(contender));
    return those.map(({ contender, unit, figures: { perCpuSecond, p50Ms, p99Ms } }, index) => [
      index === 0 ? title : "",
      contender,
      `${number(perCpuSecond.value)} ${unit}`,
      number(perCpuSecond.ratio, 2),
      number(p50Ms.value, 1),
      number(p99Ms.value, 1),
    ]);
  });
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; workerd ${machine.workerd}, Node ${machine.node}`;
  return `${table(["Scenario", "Contender", "Per CPU-second", "× base", "p50 ms", "p99 ms"], rows)}

Measured ${at.slice(0, 10)} at commit \`${commit}\` on one machine (${where}): ${passes === 1 ? "one pass" : `${passes} passes`} of ${seconds} s, medians, server on one core. Compare within a scenario only.`;
}
