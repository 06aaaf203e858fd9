import { LIMITS } from "../../protocol/limits.ts";
import { compareEvents, type RestEvent } from "./event.ts";

export interface ReadPlan {
  /** For each queue, those of its events that this read asks to have. */
  readonly take: readonly (readonly RestEvent[])[];
  /** Older ones are more than an app keeps; undefined while there are not so many. */
  readonly dropBefore: number | undefined;
}

/** What one read takes of what waits in an app's queues: the oldest of the newest. */
export function planRead(waiting: readonly (readonly RestEvent[])[]): ReadPlan {
  const all = waiting.flatMap((events, shard) => events.map((event) => ({ event, shard }))).sort((a, b) => compareEvents(a.event, b.event));
  const kept = all.slice(Math.max(0, all.length - LIMITS.restEvents));
  const take: RestEvent[][] = waiting.map(() => []);
  for (const { event, shard } of kept.slice(0, LIMITS.restEventsPerRead)) take[shard]?.push(event);
  return { take, dropBefore: kept.length < all.length ? kept[0]?.event.at : undefined };
}
