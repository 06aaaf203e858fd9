/**
 * When a channel sends what it has accepted. A frame costs the same whether it holds one message or fifty, so a busy
 * channel joins them; a quiet one must not wait.
 */

/** Measured on workerd: a send to one socket is 10 to 25 µs of CPU. Time does not pass for the object while it sends, so it is estimated. */
const SEND_COST_MS = 0.02;
const WINDOW_MIN_MS = 2;
const WINDOW_MAX_MS = 10;
/** One more ms of collecting for every 250 members: their sends take longer than that. */
const MEMBERS_PER_MS = 250;
/** A frame this large gains nothing by growing. */
export const FLUSH_BYTES = 32 * 1024;

/** How long a busy channel collects, ms. */
export const collectMs = (subscribers: number): number => Math.min(WINDOW_MAX_MS, WINDOW_MIN_MS + Math.floor(subscribers / MEMBERS_PER_MS));

/** 0: flush now. Otherwise the ms to wait, at most, for more to join. */
export function flushDelay(now: number, lastFlushAt: number, subscribers: number, pendingBytes: number): number {
  if (pendingBytes >= FLUSH_BYTES) return 0;
  const quietAfter = lastFlushAt + collectMs(subscribers) + subscribers * SEND_COST_MS;
  return now >= quietAfter ? 0 : collectMs(subscribers);
}
