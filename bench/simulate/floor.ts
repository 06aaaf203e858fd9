import { randomFrom } from "../../test/support/random.ts";
import { Histogram } from "../lib/histogram.ts";
import { delayBetween, type Geography, lastMile, regionFor } from "./platform/regions.ts";

/** What distance alone takes, where one place gives the order: publisher, hub, member. */
export interface Floor {
  readonly geography: string;
  readonly hub: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const TRIES = 200_000;
const SEED = 7;

export function floorOf(geography: Geography, hub = 0): Floor {
  const random = randomFrom(SEED);
  const took = new Histogram();
  const way = (): number => delayBetween(geography, regionFor(geography, random()), hub) + lastMile(geography, random(), random());
  for (let pair = 0; pair < TRIES; pair++) took.record((way() + way()) * 1000);
  return { geography: geography.name, hub: geography.regions[hub] ?? "", p50Ms: took.percentile(0.5) / 1000, p99Ms: took.percentile(0.99) / 1000 };
}
