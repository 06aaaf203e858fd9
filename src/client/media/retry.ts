import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import { backoffMs } from "../backoff.ts";
import { isRecord } from "../guards.ts";
import type { MediaTimings } from "./context.ts";

/**
 * Tries until it works, is called off, or has failed too often in a row without getting on; what the service refuses for
 * good is not tried again.
 */
export async function persist<T>(
  attempt: (failures: number) => Promise<T>,
  timings: MediaTimings,
  signal: AbortSignal | undefined,
  progress: () => number = () => 0,
): Promise<T> {
  for (let failures = 0; ; ) {
    const before = progress();
    signal?.throwIfAborted();
    try {
      return await attempt(failures);
    } catch (error) {
      signal?.throwIfAborted();
      failures = progress() > before ? 1 : failures + 1;
      const facts: { retry?: unknown; retryAfterMs?: unknown } = isRecord(error) ? error : {};
      // What has no such advice is a connection that was cut.
      if (failures >= MEDIA_LIMITS.mediaAttempts || (facts.retry !== undefined && facts.retry !== "later")) throw error;
      const rules = { spreadMs: timings.retryMs, baseMs: timings.retryMs, capMs: timings.retryCapMs };
      await pause(Math.max(backoffMs(failures - 1, rules, Math.random), Number(facts.retryAfterMs ?? 0)), signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
  });
}

/** Aborted with the given signal, or when the time is over. */
export const within = (ms: number, signal: AbortSignal | undefined): AbortSignal =>
  signal === undefined ? AbortSignal.timeout(ms) : AbortSignal.any([signal, AbortSignal.timeout(ms)]);
