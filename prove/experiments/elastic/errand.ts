import type { SpreadAddress } from "../support/service.ts";

export interface CrowdOptions extends SpreadAddress {
  /** The service's own: members come with tickets, without a session. */
  readonly secret: string;
  readonly channel: string;
  readonly prefix: string;
  /** So many of the first members speak. */
  readonly publishers: number;
}

export type Errand =
  | { readonly is: "grow" | "shrink"; readonly to: number; readonly perSecond: number }
  | { readonly is: "talk"; readonly perSecond: number }
  | { readonly is: "stay"; readonly ms: number }
  /** Everything said has its outcome. */
  | { readonly is: "finish"; readonly withinMs: number }
  | { readonly is: "heard"; readonly upTo: number; readonly withinMs: number };

/** Of the time since the last one. */
export interface Report {
  readonly members: number;
  readonly head: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly measured: number;
  readonly deliveries: number;
  readonly moves: number;
  readonly gaps: number;
  readonly closed: readonly (readonly [code: number, times: number])[];
  readonly refused: readonly (readonly [code: string, times: number])[];
  readonly wrong: readonly string[];
}
