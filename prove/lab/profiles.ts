import type { NemesisOptions } from "./nemesis.ts";

export interface Profile {
  readonly name: string;
  readonly seconds: number;
  readonly processes: number;
  readonly devices: number;
  /** Between two messages of one writer, on average. */
  readonly paceMs: number;
  readonly timeScale: number;
  readonly quietMs: NemesisOptions["quietMs"];
  readonly together: number;
  /** Acknowledgements a second, below which nothing is shown: over ten minutes of the standard profile 10^5. */
  readonly ackedPerSecond: number;
  /** With D1, under wrangler: history leaves the objects. Killed less often, for want of a quick start. */
  readonly database?: boolean;
}

/** `short` is part of every `npm test`: everything is ten times faster there, but for the clients' patience. */
export const PROFILES: readonly Profile[] = [
  {
    name: "short",
    seconds: 25,
    processes: 2,
    devices: 16,
    paceMs: 90,
    timeScale: 0.1,
    quietMs: { least: 500, most: 2_000 },
    together: 2,
    ackedPerSecond: 8,
  },
  {
    name: "standard",
    seconds: 600,
    processes: 4,
    devices: 32,
    paceMs: 110,
    timeScale: 1,
    quietMs: { least: 1_500, most: 6_000 },
    together: 3,
    ackedPerSecond: 167,
  },
  {
    name: "database",
    seconds: 120,
    processes: 2,
    devices: 16,
    paceMs: 90,
    timeScale: 0.3,
    quietMs: { least: 4_000, most: 10_000 },
    together: 2,
    ackedPerSecond: 10,
    database: true,
  },
];
