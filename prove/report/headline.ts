import type { Spread } from "../check/figures.ts";
import type { Report } from "./report.ts";

export interface Headline {
  readonly name: string;
  readonly value: string;
  /** Anything but nothing is wrong here. */
  readonly mustBeZero?: boolean;
  readonly detail?: string;
}

export const count = (value: number): string => value.toLocaleString("en-GB");
export const milliseconds = (value: number): string =>
  value >= 10_000
    ? `${(value / 1000).toFixed(1)} s`
    : value >= 1000
      ? `${(value / 1000).toFixed(2)} s`
      : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
export const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, one) => total + one, 0);
const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${count(value)}`)
    .join(" · ");

const spread = (name: string, { count: of, p50, p99, max }: Spread): Headline[] =>
  of === 0 ? [] : [{ name, value: milliseconds(p50), detail: `p99 ${milliseconds(p99)}, at most ${milliseconds(max)}, of ${count(of)}` }];

/** What a reader wants to know first, in this order. */
export function headlines({ figures, tally, mutations, experiments }: Report): Headline[] {
  const caught = mutations.filter(({ caughtBy }) => caughtBy.length > 0).length;
  const asked = experiments.flatMap(({ finding }) => (typeof finding === "string" ? [] : [finding]));
  const hold = asked.filter(({ violations }) => violations.length === 0).length;
  const losses = { prefix: tally["lost, prefix"] ?? 0, middle: tally["lost, middle"] ?? 0, postfix: tally["lost, postfix"] ?? 0 };
  const lost = { name: "lost", value: count(sum(losses)), mustBeZero: true, detail: listed(losses) || "of all that was acknowledged" };
  return [
    { name: "acknowledged", value: count(figures.acked), detail: `of ${count(figures.attempts)} attempts` },
    lost,
    { name: "repeated", value: count(tally.repeated ?? 0), mustBeZero: true, detail: `of ${count(figures.deliveries)} heard` },
    { name: "untold gaps", value: count(tally["untold gaps"] ?? 0), mustBeZero: true, detail: "in what a device heard" },
    { name: "told gaps", value: count(sum(figures.gaps)), detail: listed(figures.gaps) || "none" },
    { name: "refused", value: count(sum(figures.refused)), detail: listed(figures.refused) || "none" },
    { name: "faults", value: count(sum(figures.faults)), detail: `of ${Object.keys(figures.faults).length} kinds` },
    ...spread("acknowledged within", figures.ackMs),
    ...spread("heard within", figures.deliveryMs),
    ...spread("reconnected within", figures.recoveryMs),
    ...spread("kill to first delivery", figures.killToDeliveryMs),
    ...(mutations.length === 0 ? [] : [{ name: "seeded bugs caught", value: `${caught} of ${mutations.length}`, detail: "each in a build of its own" }]),
    ...(asked.length === 0 ? [] : [{ name: "experiments that hold", value: `${hold} of ${asked.length}`, detail: "of the same state of the sources" }]),
  ];
}
