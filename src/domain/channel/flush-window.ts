/**
 * When a channel sends what it has accepted. A frame costs the same whether it holds one message or fifty, and a commit the
 * same whether it holds one row or one page: so a busy channel joins, and a quiet one does not wait.
 */

const WINDOW_MIN_MS = 2;
const WINDOW_MAX_MS = 50;
/** Collecting as long as the sends take: at most half of the time is spent on them, and what came of the last frame is in the next. */
const WINDOW_MS_PER_MEMBER = 0.02;
/** Measured on workerd: a send to one socket is 10 to 25 µs. Time stands still for the object while it sends, so it is estimated. */
export const SEND_COST_MS = 0.02;
/** And a commit, and a frame from a client. */
export const COMMIT_COST_MS = 0.15;
export const INTAKE_COST_MS = 0.04;
/** Beside others, a channel that flushed this recently is busy: together they are, though none of them sees it for itself. */
const BUSY_MS = 25;
/** One that joined messages in its last flush stays busy for longer, by how many they were: on a slow machine the next round takes its time to come. */
const JOINED_MS_PER_MESSAGE = 25;
/** And by how many there are to be sent to: a round of thousands takes longer than that. */
const JOINED_MS_PER_READER = 0.1;
const JOINED_MAX_MS = 500;
/** A frame this large gains nothing by growing. */
export const FLUSH_BYTES = 32 * 1024;

/** Presence may wait longer than messages: a storm of joins tells each member of each other. */
const PRESENCE_MS_PER_MEMBER = 2;
const PRESENCE_MAX_MS = 1000;

/** How long a busy channel collects messages, ms. */
export const collectMs = (readers: number): number => Math.min(WINDOW_MAX_MS, WINDOW_MIN_MS + readers * WINDOW_MS_PER_MEMBER);

/** Each flush is a call to every leaf: a channel of hundreds of them makes fewer. Members then wait for it no longer than for distance. */
const SPACING_MS_PER_LEAF = 0.25;
const SPACING_MAX_MS = 125;

/** How far apart the flushes of a channel with so many leaves are at least, ms. */
export const spacingMs = (leaves: number): number => Math.min(SPACING_MAX_MS, leaves * SPACING_MS_PER_LEAF);

/** How long a busy channel collects changes of presence, ms. */
export const presenceCollectMs = (readers: number): number => Math.min(PRESENCE_MAX_MS, WINDOW_MIN_MS + readers * PRESENCE_MS_PER_MEMBER);

/**
 * Whether so little has happened lately that what comes now need not wait for more. `lastBatch`: messages of the last flush. One that is
 * `alone` is busy for as long as a frame is collected and sent, not longer: messages that come more seldom would wait for nothing.
 */
export function isQuiet(now: number, lastFlushAt: number, lastBatch: number, readers: number, alone: boolean): boolean {
  const quietMs = now - lastFlushAt;
  if (quietMs < collectMs(readers) + readers * SEND_COST_MS) return false;
  if (lastBatch <= 1) return alone || quietMs >= BUSY_MS;
  const joinedMs = Math.max((lastBatch - 1) * JOINED_MS_PER_MESSAGE, readers * JOINED_MS_PER_READER);
  return quietMs >= (alone ? Math.min(JOINED_MAX_MS, joinedMs) : JOINED_MAX_MS);
}
