import { PRIORITIES, type Priority } from "../../../src/protocol/priority.ts";
import type { SpreadAddress } from "../support/service.ts";

export interface CrowdOptions extends SpreadAddress {
  /** The service's own: viewers come with tickets, without a session. */
  readonly secret: string;
  readonly room: string;
  readonly prefix: string;
}

export type Errand =
  | { readonly is: "grow"; readonly to: number; readonly perSecond: number }
  /** So many messages of each priority a second, in turn by the first of the viewers, for so long; resolves when each has its answer. */
  | { readonly is: "talk"; readonly name: string; readonly perSecond: Rates; readonly seconds: number }
  | { readonly is: "stay"; readonly ms: number }
  | { readonly is: "heard"; readonly upTo: number; readonly withinMs: number };

export type Rates = Readonly<Record<Priority, number>>;
export type PerPriority = Record<Priority, number>;
export const perPriority = (of: (priority: Priority) => number): PerPriority =>
  Object.fromEntries(PRIORITIES.map((priority) => [priority, of(priority)])) as PerPriority;

/** Of the time since the last one. */
export interface Report {
  readonly viewers: number;
  readonly head: number;
  readonly latency: Readonly<Record<Priority, { readonly p50Ms: number; readonly p99Ms: number; readonly mostMs: number }>>;
  readonly deliveries: number;
  readonly moves: number;
  readonly gaps: number;
  readonly closed: readonly (readonly [code: number, times: number])[];
  /** Accepted, left out, and refused with an error, as speakers were told. */
  readonly accepted: PerPriority;
  readonly skipped: PerPriority;
  readonly refused: readonly (readonly [what: string, times: number])[];
  /** What each viewer has heard of each priority since it came, at least and at most, and how many it was told were left out. */
  readonly heard: Readonly<Record<Priority, readonly [least: number, most: number]>>;
  readonly toldSkipped: readonly [least: number, most: number];
  readonly wrong: readonly string[];
}
