import type { RunEvent } from "../../record/event.ts";

/** Who speaks: the SDK as it is, the SDK with `wigwag/impatient`, or a plain WebSocket that reconnects. */
export type Contender = "wigwag" | "impatient" | "plain";

/** What a process of clients is told at its start. */
export interface SpeakerJob {
  readonly contender: Contender;
  readonly url: string;
  readonly app: string;
  readonly certificate: string;
  /** Of this process. */
  readonly users: readonly string[];
  /** Of all processes: each writes to the next. */
  readonly everybody: readonly string[];
  readonly seconds: number;
  readonly seed: number;
}

/** What it says: ready for the losses to begin, what happened, and that everything it said has its outcome. */
export type SpeakerReport = { readonly is: "ready" } | { readonly is: "events"; readonly events: readonly RunEvent[] } | { readonly is: "said" };

/** What it is told then. */
export type SpeakerOrder = "speak" | "end";

export const CHANNEL = "loss";
/** Between two messages of a user to the channel, and to a peer, on average. */
export const PERIOD_MS = 5_000;
/** A message that has no outcome by then is reported as failed: what a person would wait for, at most. */
export const CALL_MS = 60_000;

/** Ms on a clock that all processes of this machine share and nobody sets. */
export const machineNow = (): number => Number(process.hrtime.bigint()) / 1e6;
