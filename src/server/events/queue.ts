import { byShard, compareEvents, EVENT_SHARDS, type EventKind, type RestEvent } from "../../domain/events/event.ts";
import { planRead } from "../../domain/events/read-plan.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import { eachBounded } from "../../util/each-bounded.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";
import { eventsObject, type Where } from "../objects/locate.ts";
import { timeScale } from "../time-scale.ts";
import { within } from "../within.ts";

/** Puts events into the app's queues, one call for each. The answer is those that could not be put; the same may be put again. */
export async function pushEvents(env: Env, app: string, events: readonly RestEvent[], where: Where): Promise<RestEvent[]> {
  const shards = [...byShard(events)];
  const left = await eachBounded(shards, LIMITS.callsAtOnce, async ([shard, some]) => {
    try {
      await within(callMs(env), eventsObject(env, app, shard, where).push(some));
      return [];
    } catch (error) {
      logLine("events.push-failed", { shard, events: some.length, message: messageOf(error) });
      return some;
    }
  });
  return left.flat();
}

/**
 * The oldest events that wait, over all queues, and takes them away. Looks at all before it takes anything: a read that fails
 * on the way has taken nothing, or what it took it gives.
 */
export async function readEvents(env: Env, app: string, kind: EventKind, where: Where): Promise<Result<RestEvent[], WireError>> {
  const shards = Array.from({ length: EVENT_SHARDS }, (_, shard) => shard);
  const at = (shard: number) => eventsObject(env, app, shard, where);
  try {
    const waiting = await eachBounded(shards, LIMITS.callsAtOnce, (shard) => within(callMs(env), at(shard).peek(kind)));
    const { take, dropBefore } = planRead(waiting);
    const taken = await eachBounded(shards, LIMITS.callsAtOnce, async (shard) => {
      const wanted = take[shard] ?? [];
      if (wanted.length === 0 && (dropBefore === undefined || (waiting[shard]?.[0]?.at ?? dropBefore) >= dropBefore)) return [];
      try {
        return await within(callMs(env), at(shard).take(kind, [...wanted], dropBefore));
      } catch (error) {
        logLine("events.take-failed", { shard, message: messageOf(error) });
        // Whether they are gone nobody knows: twice is better than never.
        return [...wanted];
      }
    });
    return ok(taken.flat().sort(compareEvents));
  } catch (error) {
    logLine("events.unavailable", { message: messageOf(error) });
    return err(wireError("unavailable", { message: "the events cannot be read now" }));
  }
}

const callMs = (env: Env): number => TIMINGS.requestTimeoutMs * timeScale(env);
