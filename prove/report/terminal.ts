import { table } from "../../bench/lib/table.ts";
import { headlines } from "./headline.ts";
import type { Report } from "./report.ts";

/** What is shown of violations here; the page has all. */
const SHOWN = 12;

/** The report for a terminal: plain text, no wider than what it says. */
export function terminalReport(report: Report): string {
  const { run, figures, violations, shortcomings, experiments, mutations, holds } = report;
  const { wigwag, workerd, node, commit } = run.versions;
  const parts = [
    `Wigwag ${wigwag} (${commit}), workerd ${workerd}, node ${node}, ${run.machine}`,
    `profile ${run.profile}, seed ${run.seed}, ${Math.round(figures.seconds)} s from ${run.startedAt}`,
    table(headlines(report).map(({ name, value, detail }) => [name, value, detail ?? ""])),
    faults(report),
    ...experiments.map(({ name, finding }) => experiment(name, finding)),
    ...(mutations.length > 0
      ? [
          table([
            ["seeded bug", "where", "caught by", "seed"],
            ...mutations.map(({ name, where, caughtBy, seed = "" }) => [name, where, caughtBy.join(" ") || "NOT CAUGHT", String(seed)]),
          ]),
        ]
      : []),
    ...violations.slice(0, SHOWN).map(({ rule, what }) => `${rule}: ${what}`),
    ...(violations.length > SHOWN ? [`and ${violations.length - SHOWN} more`] : []),
    ...shortcomings.map((line) => `This run proves nothing: ${line}`),
    holds ? "Everything that must be true was." : `${violations.length} violations. Again: npm run prove -- --profile ${run.profile} --seed ${run.seed}`,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

const faults = ({ figures }: Report): string => {
  const kinds = Object.entries(figures.faults).sort(([, a], [, b]) => b - a);
  return kinds.length === 0 ? "" : table([["fault", "times"], ...kinds.map(([name, times]) => [name, String(times)])]);
};

function experiment(name: string, finding: Report["experiments"][number]["finding"]): string {
  if (typeof finding === "string") return `${name}: not run, ${finding}`;
  const figures = table(Object.entries(finding.figures).map(([what, value]) => [`  ${what}`, String(value)]));
  return [
    `${name}: ${finding.violations.length === 0 ? "holds" : "BROKEN"}`,
    figures,
    ...finding.violations.map(({ rule, what }) => `  ${rule}: ${what}`),
  ].join("\n");
}
