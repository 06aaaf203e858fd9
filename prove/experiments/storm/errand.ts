import type { Address } from "../support/service.ts";
import type { Manner } from "./light-client.ts";

export interface CrowdOptions extends Address {
  readonly from: number;
  readonly to: number;
  readonly devicesPerUser: number;
  readonly perChannel: number;
}

/** `enter`: log in and join. `storm`: answers when everybody has come back, or the time is over. `heard`: who has heard this. */
export type Errand =
  | { readonly is: "enter" }
  | { readonly is: "storm"; readonly manner: Manner; readonly withinMs: number }
  | { readonly is: "heard"; readonly data: string; readonly withinMs: number };

export interface Report {
  /** Unix ms at which each of them was whole. */
  readonly wholeAt: readonly number[];
  readonly missing: number;
  readonly attempts: number;
  readonly refusals: readonly (readonly [why: string, times: number])[];
  readonly wrong: readonly string[];
}

export const userOf = (index: number, devicesPerUser: number): string => `user-${Math.floor(index / devicesPerUser)}`;
export const channelOf = (index: number, perChannel: number): string => `storm-${Math.floor(index / perChannel)}`;
