/** Where members are, and how long a message takes from region to region. */
export interface Geography {
  readonly name: string;
  readonly regions: readonly string[];
  /** Of the members, by region. */
  readonly shares: readonly number[];
  /** One way in ms, from region to region: about half of what public tables give as round trips between large data centres. */
  readonly delays: readonly (readonly number[])[];
  /** From a member to the platform's nearest place, one way: a median and how far it scatters (sigma of a log-normal). */
  readonly lastMileMs: number;
  readonly lastMileSigma: number;
}

const LAST_MILE_MS = 9;
const LAST_MILE_SIGMA = 0.5;
/** Between objects of one region. */
const WITHIN_MS = 1;

export const WORLD: Geography = {
  name: "world",
  regions: ["enam", "wnam", "weur", "apac-ne", "apac-se", "sam"],
  shares: [0.24, 0.14, 0.28, 0.12, 0.14, 0.08],
  delays: [
    [WITHIN_MS, 32, 40, 78, 108, 58],
    [32, WITHIN_MS, 68, 52, 85, 86],
    [40, 68, WITHIN_MS, 112, 82, 95],
    [78, 52, 112, WITHIN_MS, 35, 130],
    [108, 85, 82, 35, WITHIN_MS, 160],
    [58, 86, 95, 130, 160, WITHIN_MS],
  ],
  lastMileMs: LAST_MILE_MS,
  lastMileSigma: LAST_MILE_SIGMA,
};

export const ATLANTIC: Geography = {
  name: "atlantic",
  regions: ["enam", "wnam", "weur"],
  shares: [0.35, 0.2, 0.45],
  delays: [
    [WITHIN_MS, 32, 40],
    [32, WITHIN_MS, 68],
    [40, 68, WITHIN_MS],
  ],
  lastMileMs: LAST_MILE_MS,
  lastMileSigma: LAST_MILE_SIGMA,
};

export const ONE_REGION: Geography = {
  name: "one region",
  regions: ["weur"],
  shares: [1],
  delays: [[WITHIN_MS]],
  lastMileMs: LAST_MILE_MS,
  lastMileSigma: LAST_MILE_SIGMA,
};

/** This machine, for runs that are also made for real. */
export const LOOPBACK: Geography = { name: "loopback", regions: ["here"], shares: [1], delays: [[0.05]], lastMileMs: 0.05, lastMileSigma: 0 };

/** The region whose share `random` falls into. */
export function regionFor({ shares }: Geography, random: number): number {
  let rest = random;
  for (const [region, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return region;
  }
  return shares.length - 1;
}

export const delayBetween = ({ delays }: Geography, from: number, to: number): number => delays[from]?.[to] ?? 0;

/** A member's own last mile, from two random numbers. */
export function lastMile({ lastMileMs, lastMileSigma }: Geography, a: number, b: number): number {
  const normal = Math.sqrt(-2 * Math.log(Math.max(a, 1e-12))) * Math.cos(2 * Math.PI * b);
  return lastMileMs * Math.exp(lastMileSigma * normal);
}
