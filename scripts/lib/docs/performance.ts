import * as z from "zod";
import { table } from "./markdown.ts";

const figure = z.number().nullable();

const benchRecord = z.object({
  at: z.string(),
  commit: z.string(),
  passes: z.number(),
  seconds: z.number(),
  scenarios: z.array(
    z.object({ id: z.string(), verdicts: z.array(z.object({ contender: z.string(), what: z.string(), reached: z.string(), met: z.boolean().optional() })) }),
  ),
});

const simulationRecord = z.object({
  at: z.string(),
  commit: z.string(),
  seed: z.number(),
  placement: z.string(),
  outcomes: z.array(
    z.object({
      design: z.string(),
      geography: z.string(),
      members: z.number(),
      messagesPerSecond: z.number(),
      leaves: z.number(),
      relays: z.number(),
      latencyMs: z.object({ p50: figure, p99: figure }),
      hottest: z.object({ name: z.string(), busy: z.number() }),
      perSecond: z.object({ calls: z.number(), rows: z.number() }),
      bills: z.object({ twoHours: z.number() }),
      troubles: z.array(z.string()),
    }),
  ),
});

/** What was to be reached in the benchmark, and whether it was. */
export function targetsOf(json: unknown): string {
  const { at, commit, passes, scenarios, seconds } = benchRecord.parse(json);
  const word = (met: boolean | undefined): string => (met === undefined ? "not measured" : met ? "met" : "missed");
  const rows = scenarios.flatMap(({ id, verdicts }) =>
    verdicts.map(({ contender, what, reached, met }) => [id, contender, what, met === undefined ? "" : reached, word(met)]),
  );
  return `${table(["Scenario", "Contender", "Target", "Reached", ""], rows)}\n\nMeasured ${at.slice(0, 10)} at commit \`${commit}\`: ${passes === 1 ? "one pass" : `${passes} passes`} of ${seconds} s.`;
}

/** What the simulations of some records have found; of one run made twice, the later record's. */
export function simulationsOf(records: readonly unknown[]): string {
  const parsed = records.map((json) => simulationRecord.parse(json)).sort((a, b) => (a.at < b.at ? -1 : 1));
  const found = new Map<string, (typeof parsed)[number]["outcomes"][number]>();
  for (const outcome of parsed.flatMap(({ outcomes }) => outcomes)) {
    found.set(`${outcome.geography} ${outcome.members} ${outcome.messagesPerSecond} ${outcome.design}`, outcome);
  }
  const ms = (value: number | null): string => (value === null ? "no end" : value.toFixed(0));
  const rows = [...found.values()]
    .sort((a, b) => a.members - b.members || a.messagesPerSecond - b.messagesPerSecond || a.geography.localeCompare(b.geography))
    .map(({ bills, design, geography, hottest, latencyMs, leaves, members, messagesPerSecond, perSecond, relays, troubles }) => [
      members.toLocaleString("en"),
      geography,
      String(messagesPerSecond),
      design,
      relays > 0 ? `${leaves} + ${relays}` : String(leaves),
      ms(latencyMs.p50),
      ms(latencyMs.p99),
      `${hottest.name}, ${(hottest.busy * 100).toLocaleString("en", { maximumFractionDigits: 0 })} %`,
      perSecond.calls.toLocaleString("en", { maximumFractionDigits: 0 }),
      perSecond.rows.toLocaleString("en", { maximumFractionDigits: 1 }),
      `$${bills.twoHours.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`,
      design === "elastic" || design === "room" ? troubles.join("; ") : "",
    ]);
  const head = [
    "Members",
    "Audience",
    "Messages/s",
    "Design",
    "Leaves",
    "p50 ms",
    "p99 ms",
    "Busiest object",
    "Calls/s",
    "Rows/s",
    "Two hours",
    "What the platform would not bear",
  ];
  return `${table(head, rows)}\n\nSimulated ${parsed.map(({ at, commit, seed }) => `${at.slice(0, 10)} at commit \`${commit}\`, seed ${seed}`).join("; ")}.`;
}
