import type { SpreadAddress } from "../support/service.ts";

export interface CrowdOptions extends SpreadAddress {
  readonly group: string;
  /** Members by their numbers, from the first to before the last. */
  readonly from: number;
  readonly to: number;
}

export type Errand =
  /** Log in and learn where the group stands. */
  | { readonly is: "enter"; readonly perSecond: number }
  /** Each message from another member, until all have been said. `name`: of these messages. */
  | { readonly is: "talk"; readonly name: string; readonly messages: number; readonly perSecond: number }
  /** Everybody is as far as that, and has acknowledged it. */
  | { readonly is: "heard"; readonly upTo: number; readonly withinMs: number };

/** Of the time since the last one. */
export interface Report {
  readonly online: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  readonly deliveries: number;
  /** Frames with news, each with one message or several. */
  readonly frames: number;
  /** Messages that came again, and news that did not follow on what came before: mended by asking. */
  readonly repeats: number;
  readonly gaps: number;
  /** What was said, and its place. */
  readonly said: readonly (readonly [key: string, seq: number])[];
  /** What each has heard since it came, in one number, and how much: all have to have the same. */
  readonly heard: readonly (readonly [user: string, messages: number, digest: number])[];
  readonly wrong: readonly string[];
}

export const memberOf = (index: number): string => `member-${String(index).padStart(5, "0")}`;

/** The order of what was heard, in one number. */
export const digestOf = (digest: number, key: string): number => {
  let next = digest;
  for (let at = 0; at < key.length; at++) next = Math.imul(next ^ key.charCodeAt(at), 0x01000193);
  return next >>> 0;
};
