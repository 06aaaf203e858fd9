import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { short, table } from "../lib/table.ts";
import type { SimulationOptions } from "./elastic.ts";
import { type Floor, floorOf } from "./floor.ts";
import type { Outcome } from "./outcome.ts";
import { type Costs, SOFT_LIMIT_REQUESTS } from "./platform/costs.ts";
import { PRICES } from "./platform/prices.ts";
import { simulationPage } from "./report/html.ts";

export interface SimulationRecord {
  readonly at: string;
  readonly commit: string;
  readonly seed: number;
  readonly costs: Costs;
  readonly prices: typeof PRICES;
  readonly limits: SimulationOptions["limits"];
  readonly placement: SimulationOptions["placement"];
  readonly log: SimulationOptions["log"];
  readonly staySeconds: number;
  readonly leafDiesEverySeconds: number;
  /** What no program can beat: from publisher to the hub to a member, and nothing else. */
  readonly floors: readonly Floor[];
  readonly outcomes: readonly Outcome[];
}

/** What the largest of them has to keep to. */
export const BOUNDS = { members: 1_000_000, messagesPerSecond: 30, p99Ms: 200, busy: 0.5, twoHours: 15 } as const;

export interface BoundReached {
  readonly what: string;
  readonly reached: string;
  readonly met: boolean;
}

export function boundsReached(outcome: Outcome): readonly BoundReached[] {
  const { bills, design, hottest, latencyMs, members, messagesPerSecond } = outcome;
  if (design !== "elastic" || members !== BOUNDS.members || messagesPerSecond !== BOUNDS.messagesPerSecond) return [];
  return [
    { what: `p99 end to end at most ${BOUNDS.p99Ms} ms, ${outcome.geography}`, reached: `${short(latencyMs.p99)} ms`, met: latencyMs.p99 <= BOUNDS.p99Ms },
    { what: `no object above ${BOUNDS.busy * 100} % of its time`, reached: `${hottest.name} ${percent(hottest.busy)}`, met: hottest.busy <= BOUNDS.busy },
    { what: `a two-hour event for at most $${BOUNDS.twoHours}`, reached: `$${short(bills.twoHours)}`, met: bills.twoHours <= BOUNDS.twoHours },
  ];
}

export function recordOf(
  at: string,
  commit: string,
  first: SimulationOptions,
  runs: readonly SimulationOptions[],
  outcomes: readonly Outcome[],
): SimulationRecord {
  const { costs, leafDiesEverySeconds, limits, log, placement, seed, staySeconds } = first;
  const geographies = [...new Set(runs.map(({ geography }) => geography))];
  return {
    at,
    commit,
    seed,
    costs,
    prices: PRICES,
    limits,
    placement,
    log,
    staySeconds,
    leafDiesEverySeconds,
    floors: geographies.map((geography) => floorOf(geography)),
    outcomes,
  };
}

const percent = (share: number): string => (share >= 100 ? `${short(share)} x` : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`);
const dollars = (amount: number): string => `$${amount >= 100 ? Math.round(amount).toLocaleString("en") : amount.toFixed(2)}`;
const ms = (value: number): string => (Number.isFinite(value) ? value.toFixed(0) : "no end");

export const HEAD = ["members x rate", "design", "leaves", "p50 ms", "p99 ms", "hottest", "busy", "requests/s", "calls/s", "rows/s", "per hour", "two hours"];

export function rowOf(outcome: Outcome): string[] {
  const { bills, design, hottest, latencyMs, leaves, loads, members, messagesPerSecond, perSecond, relays } = outcome;
  return [
    `${members.toLocaleString("en")} x ${messagesPerSecond}`,
    design,
    relays > 0 ? `${leaves} + ${relays}` : String(leaves),
    ms(latencyMs.p50),
    ms(latencyMs.p99),
    hottest.name,
    percent(hottest.busy),
    short(Math.max(...loads.map(({ requestsPerSecondMost }) => requestsPerSecondMost))),
    short(perSecond.calls),
    short(perSecond.rows),
    dollars(bills.hour.total),
    dollars(bills.twoHours),
  ];
}

export function renderSimulation(record: SimulationRecord): string {
  const parts = record.floors.map(({ geography, p50Ms, p99Ms, hub }) => {
    const outcomes = record.outcomes.filter((outcome) => outcome.geography === geography);
    const troubles = outcomes.flatMap(({ design, members, messagesPerSecond, troubles: all }) =>
      all.slice(0, TROUBLES_SHOWN).map((text) => `! ${design}, ${members} x ${messagesPerSecond}: ${text}`),
    );
    const lanes = outcomes.flatMap(({ lanes: all = [], members, messagesPerSecond }) =>
      all.map(
        ({ priority, said, taken, dropped, p50Ms, p99Ms }) =>
          `room, ${members} x ${messagesPerSecond}: ${priority} said ${said}, taken ${taken}, left out ${dropped}; p50 ${ms(p50Ms)} ms, p99 ${ms(p99Ms)} ms`,
      ),
    );
    const bounds = outcomes.flatMap(boundsReached).map(({ what, reached, met }) => `${met ? "met   " : "MISSED"}  ${what}; reached ${reached}`);
    const floor = `by distance alone, hub in ${hub}: p50 ${ms(p50Ms)} ms, p99 ${ms(p99Ms)} ms`;
    return [`${geography}; ${floor}`, table([HEAD, ...outcomes.map(rowOf)]), ...lanes, ...bounds, ...troubles].join("\n");
  });
  return `${parts.join("\n\n")}\n\nThe platform refuses an object more than about ${SOFT_LIMIT_REQUESTS} requests a second.`;
}

const TROUBLES_SHOWN = 3;

export async function saveSimulation(record: SimulationRecord): Promise<string[]> {
  const directory = join(import.meta.dirname, "../results");
  await mkdir(directory, { recursive: true });
  const path = join(directory, `simulate-${record.at.slice(0, 16).replace(":", "")}-${record.commit}`);
  await writeFile(`${path}.json`, `${JSON.stringify(record, null, 1)}\n`);
  await writeFile(`${path}.html`, await simulationPage(record));
  return [`${path}.json`, `${path}.html`];
}
