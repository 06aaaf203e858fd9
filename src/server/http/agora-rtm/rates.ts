import { TokenBuckets } from "../../../domain/token-buckets.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";

/** RTM 1.x, per app: 500 messages a second to peers and channels together, 10 reads of events, 100 questions to history. */
const RATES = {
  send: { burst: 500, perMs: 1_000 },
  events: { burst: 10, perMs: 1_000 },
  history: { burst: 100, perMs: 1_000 },
} as const;
export type AgoraRate = keyof typeof RATES;

/** Per isolate, as all rates of the doors. */
const buckets = new TokenBuckets(LIMITS.rateBuckets);

export function agoraRateLimit(app: string, rate: AgoraRate, nowMs: number): WireError | undefined {
  const waitMs = buckets.take(`${app}:${rate}`, RATES[rate], nowMs);
  return waitMs === 0 ? undefined : wireError("rate_limited", { retryAfterMs: waitMs });
}
