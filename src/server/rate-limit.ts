import { TokenBuckets } from "../domain/token-buckets.ts";
import { type WireError, wireError } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { RateClass } from "../protocol/operations/operation.ts";
import { rateFor } from "../protocol/operations/rate.ts";
import type { DoorCaller } from "./call-dispatch.ts";

/** Per isolate, so a bound on what one data centre lets through, not an account: objects count their own users exactly. */
const buckets = new TokenBuckets(LIMITS.rateBuckets);

export function rateLimit(app: string, caller: DoorCaller, rate: RateClass, nowMs: number): WireError | undefined {
  const who = caller.kind === "user" ? `user:${caller.user}` : caller.kind;
  const waitMs = buckets.take(`${app}:${rate}:${who}`, rateFor(caller.kind, rate), nowMs);
  return waitMs === 0 ? undefined : wireError("rate_limited", { retryAfterMs: waitMs });
}
