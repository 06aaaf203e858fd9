import * as z from "zod";
import { table } from "./markdown.ts";

/** What the README takes from a record of the benchmark. */
const record = z.object({
  at: z.string(),
  commit: z.string(),
  machine: z.object({ cpu: z.string(), cores: z.number(), memoryGiB: z.number(), workerd: z.string(), node: z.string() }),
  passes: z.number(),
  seconds: z.number(),
  summaries: z.record(
    z.string(),
    z.array(
      z.object({
        contender: z.string(),
        unit: z.string(),
        perCpuSecond: z.number().nullable(),
        ratio: z.number().nullable(),
        p50Ms: z.number().nullable(),
        p99Ms: z.number().nullable(),
      }),
    ),
  ),
});

const number = (value: number | null, digits = 0): string => (value === null ? "" : value.toLocaleString("en", { maximumFractionDigits: digits }));

/** One line per scenario and contender, with where and when it was measured. */
export function figuresOf(json: unknown, titles: ReadonlyMap<string, string>): string {
  const { at, commit, machine, passes, seconds, summaries } = record.parse(json);
  const rows = Object.entries(summaries).flatMap(([id, contenders]) =>
    contenders.map(({ contender, unit, perCpuSecond, ratio, p50Ms, p99Ms }, index) => [
      index === 0 ? (titles.get(id) ?? id) : "",
      contender,
      `${number(perCpuSecond)} ${unit}`,
      number(ratio, 2),
      number(p50Ms, 1),
      number(p99Ms, 1),
    ]),
  );
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; workerd ${machine.workerd}, Node ${machine.node}`;
  return `${table(["Scenario", "Contender", "Per CPU-second", "× base", "p50 ms", "p99 ms"], rows)}

Measured ${at.slice(0, 10)} at commit \`${commit}\` on one machine (${where}): ${passes} passes of ${seconds} s, medians, server on one core. Compare within a scenario only.`;
}
