/**
 * When a channel sends what it has accepted. A frame costs the same whether it holds one message or fifty, and a commit the
 * same whether it holds one row or one page: so a busy channel joins, and a quiet one does not wait.
 */

const WINDOW_MIN_MS = 2;
const WINDOW_MAX_MS = 10;
/** One more ms of collecting for every 250 members: their sends take longer than that. */
const MEMBERS_PER_MS = 250;
/** Measured on workerd: a send to one socket is 10 to 25 µs. Time stands still for the object while it sends, so it is estimated. */
const SEND_COST_MS = 0.02;
/** A channel that flushed this recently is busy: 40 messages a second and more. */
const BUSY_MS = 25;
/** A frame this large gains nothing by growing. */
export const FLUSH_BYTES = 32 * 1024;

/** Presence may wait longer than messages: a storm of joins tells each member of each other. */
const PRESENCE_MS_PER_MEMBER = 2;
const PRESENCE_MAX_MS = 1000;

/** How long a busy channel collects messages, ms. */
export const collectMs = (readers: number): number => Math.min(WINDOW_MAX_MS, WINDOW_MIN_MS + Math.floor(readers / MEMBERS_PER_MS));

/** How long a busy channel collects changes of presence, ms. */
export const presenceCollectMs = (readers: number): number => Math.min(PRESENCE_MAX_MS, WINDOW_MIN_MS + readers * PRESENCE_MS_PER_MEMBER);

/** Whether so little has happened lately that what comes now need not wait for more. */
export const isQuiet = (now: number, lastFlushAt: number, readers: number): boolean =>
  now - lastFlushAt >= Math.max(BUSY_MS, collectMs(readers) + readers * SEND_COST_MS);
