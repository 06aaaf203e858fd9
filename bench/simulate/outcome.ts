import type { Priority } from "../../src/protocol/priority.ts";
import type { Histogram } from "../lib/histogram.ts";
import type { Platform } from "./platform/platform.ts";
import { type Bill, billFor, type Usage } from "./platform/prices.ts";
import { sumOf, type Tally, type Thread } from "./platform/thread.ts";

/** All objects of one kind. */
export interface KindLoad {
  readonly kind: string;
  readonly objects: number;
  /** Share of its time that the busiest of them was busy, over all that was measured and in its busiest second. */
  readonly busiest: number;
  readonly busiestSecond: number;
  readonly mean: number;
  /** Calls, upgrades and alarms in the busiest second of any of them. */
  readonly requestsPerSecondMost: number;
  readonly framesPerSecond: number;
}

export type Design = "elastic" | "room" | "one object" | "a call per member" | "no joining";

/** A room's messages of one priority: said, taken, and left out while it was measured. What was under way at either end is in one of them only. */
export interface Lane {
  readonly priority: Priority;
  readonly said: number;
  readonly taken: number;
  readonly dropped: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Outcome {
  readonly design: Design;
  /** Of a room. */
  readonly lanes?: readonly Lane[] | undefined;
  readonly geography: string;
  readonly members: number;
  readonly messagesPerSecond: number;
  readonly seconds: number;
  readonly leaves: number;
  readonly relays: number;
  readonly latencyMs: Readonly<Record<"p50" | "p90" | "p99" | "p999" | "max", number>>;
  readonly distribution: readonly { readonly share: number; readonly ms: number }[];
  readonly loads: readonly KindLoad[];
  readonly hottest: { readonly name: string; readonly busy: number; readonly busiestSecond: number };
  readonly perSecond: Readonly<Record<"calls" | "requests" | "rows" | "socketMessages" | "framesOut" | "awakeSeconds", number>>;
  readonly bills: { readonly hour: Bill; readonly arrival: Bill; readonly twoHours: number };
  readonly counts: Readonly<Record<string, number>>;
  /** What the platform would not have borne, and what members noticed. */
  readonly troubles: readonly string[];
}

export interface Found {
  readonly design: Design;
  readonly lanes?: readonly Lane[] | undefined;
  readonly members: number;
  readonly messagesPerSecond: number;
  readonly seconds: number;
  readonly leaves: number;
  readonly relays: number;
  readonly platform: Platform;
  readonly latency: Histogram;
  /** What was used until all had come; nothing where that is not modelled. */
  readonly arrival?: Usage;
  readonly counts: Readonly<Record<string, number>>;
  readonly troubles: readonly string[];
}

const HOUR_SECONDS = 3_600;
const EVENT_HOURS = 2;
const SHARES = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1];

export const NOTHING: Usage = { objectRequests: 0, socketMessages: 0, workerRequests: 0, rowsWritten: 0, rowsRead: 0, awakeSeconds: 0 };

export function outcomeOf(found: Found): Outcome {
  const { design, members, messagesPerSecond, seconds, leaves, relays, platform, latency, counts } = found;
  const at = (share: number): number => latency.percentile(share) / 1000;
  const { threads } = platform;
  const hottest = threads.reduce((most, thread) => (thread.tally.busyMs > most.tally.busyMs ? thread : most));
  const hour = billFor(
    usageOf(
      threads.map(({ tally }) => tally),
      platform.workerRequests,
    ),
    HOUR_SECONDS / seconds,
  );
  const arrival = billFor(found.arrival ?? NOTHING);
  const total = sumOf(threads.map(({ tally }) => tally));
  return {
    design,
    ...(found.lanes !== undefined && { lanes: found.lanes }),
    geography: platform.geography.name,
    members,
    messagesPerSecond,
    seconds,
    leaves,
    relays,
    latencyMs: { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: latency.max / 1000 },
    distribution: SHARES.map((share) => ({ share, ms: at(share) })),
    loads: loadsOf(threads, seconds),
    hottest: { name: hottest.name, busy: hottest.tally.busyMs / 1000 / seconds, busiestSecond: hottest.busiestSecond / 1000 },
    perSecond: {
      calls: total.callsOut / seconds,
      requests: total.requests / seconds,
      rows: total.rows / seconds,
      socketMessages: total.socketMessages / seconds,
      framesOut: total.framesOut / seconds,
      awakeSeconds: total.awakeMs / 1000 / seconds,
    },
    bills: { hour, arrival, twoHours: arrival.total + EVENT_HOURS * hour.total },
    counts,
    troubles: [...found.troubles, ...limitTroubles(threads)],
  };
}

export function usageOf(tallies: readonly Tally[], workerRequests: number): Usage {
  const { requests, socketMessages, rows, awakeMs } = sumOf(tallies);
  return { objectRequests: requests, socketMessages, workerRequests, rowsWritten: rows, rowsRead: 0, awakeSeconds: awakeMs / 1000 };
}

function loadsOf(threads: readonly Thread[], seconds: number): KindLoad[] {
  const kinds = [...new Set(threads.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const all = threads.filter((thread) => thread.kind === kind);
    const busy = all.map(({ tally }) => tally.busyMs / 1000 / seconds);
    return {
      kind,
      objects: all.filter(({ alive }) => alive).length,
      busiest: most(busy),
      busiestSecond: most(all.map(({ busiestSecond }) => busiestSecond)) / 1000,
      mean: busy.reduce((sum, each) => sum + each, 0) / all.length,
      requestsPerSecondMost: most(all.map(({ mostRequests }) => mostRequests)),
      framesPerSecond: all.reduce((sum, { tally }) => sum + tally.framesOut, 0) / seconds,
    };
  });
}

const most = (values: readonly number[]): number => values.reduce((highest, value) => Math.max(highest, value), 0);

const limitTroubles = (threads: readonly Thread[]): string[] =>
  threads.filter(({ overLimit }) => overLimit).map(({ name, mostRequests }) => `${name}: ${mostRequests} requests in its busiest second`);
