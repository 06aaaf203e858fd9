import type { Violation } from "../../../prove/check/invariant.ts";

/** Something that the simulation finds and that stands in the product: where, why, and by which seed it is seen. */
export interface Known {
  readonly title: string;
  readonly why: string;
  /** Shows it. */
  readonly seed: number;
  covers(violation: Violation): boolean;
}

/**
 * Each is a debt: whoever pays it takes it out of here, and its seed goes to `seeds.ts`. A test says that each still shows, so that
 * none outlives its reason.
 */
export const KNOWN: readonly Known[] = [
  {
    title: "a peer message comes after a later one",
    why: "an object that dies forgets what it had pushed and what nobody had acknowledged; its sender sends that again when its patience ends, and has sent on meanwhile",
    seed: 3,
    covers: ({ rule, what }) => rule === "PV9" && / heard \S+>user:\S+ \d+ after \d+$/.test(what),
  },
  {
    title: "a channel in memory mode takes a message again",
    why: "with its log it loses the client ids it has seen; what was accepted there, stored even, and never acknowledged comes again after it, and after later ones",
    seed: 47,
    covers: ({ rule, what }) => ["PV3", "PV5", "PV6", "PV9"].includes(rule) && what.includes("channel:memory"),
  },
];

export const isKnown = (violation: Violation): boolean => KNOWN.some((known) => known.covers(violation));
