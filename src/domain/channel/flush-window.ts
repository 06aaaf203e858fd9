/**
 * When a channel sends what it has accepted. A frame costs the same whether it holds one message or fifty, and a commit the
 * same whether it holds one row or one page: so a busy channel joins, and a quiet one does not wait.
 */

const WINDOW_MIN_MS = 2;
const WINDOW_MAX_MS = 50;
/** Collecting half as long as the sends take: what came of the last frame is then in the next. */
const WINDOW_MS_PER_MEMBER = 0.01;
/** Measured on workerd: a send to one socket is 10 to 25 µs. Time stands still for the object while it sends, so it is estimated. */
const SEND_COST_MS = 0.02;
/** A channel that flushed this recently is busy: 40 messages a second and more. */
const BUSY_MS = 25;
/** One that joined messages in its last flush stays busy for longer: on a slow machine the next round takes its time to come. */
const JOINED_MS = 500;
/** A frame this large gains nothing by growing. */
export const FLUSH_BYTES = 32 * 1024;

/** A commit that takes longer than this waits for others: the disk, not the processor, is what is short. */
const SLOW_COMMIT_MS = 8;
const COMMIT_WEIGHT = 0.3;
const COMMIT_STALE_MS = 2_000;

/** Presence may wait longer than messages: a storm of joins tells each member of each other. */
const PRESENCE_MS_PER_MEMBER = 2;
const PRESENCE_MAX_MS = 1000;

/** How long a busy channel collects messages, ms. */
export const collectMs = (readers: number): number => Math.min(WINDOW_MAX_MS, WINDOW_MIN_MS + readers * WINDOW_MS_PER_MEMBER);

/**
 * How long commits take, from flush to durable, and so how much collecting costs next to nothing: many small channels on
 * one disk are limited by its commits, and each can make fewer.
 */
export class CommitClock {
  #averageMs = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;

  measured(startedAt: number, now: number): void {
    const before = now - this.#measuredAt > COMMIT_STALE_MS ? 0 : this.#averageMs;
    this.#averageMs = before + COMMIT_WEIGHT * (now - startedAt - before);
    this.#measuredAt = now;
  }

  /** Half a commit more of waiting, where commits are slow. */
  waitMs(now: number): number {
    if (this.#averageMs <= SLOW_COMMIT_MS || now - this.#measuredAt > COMMIT_STALE_MS) return 0;
    return Math.min(WINDOW_MAX_MS, this.#averageMs / 2);
  }
}

/** How long a busy channel collects changes of presence, ms. */
export const presenceCollectMs = (readers: number): number => Math.min(PRESENCE_MAX_MS, WINDOW_MIN_MS + readers * PRESENCE_MS_PER_MEMBER);

/** Whether so little has happened lately that what comes now need not wait for more. `lastBatch`: messages of the last flush. */
export function isQuiet(now: number, lastFlushAt: number, lastBatch: number, readers: number): boolean {
  const busyMs = lastBatch > 1 ? JOINED_MS : Math.max(BUSY_MS, collectMs(readers) + readers * SEND_COST_MS);
  return now - lastFlushAt >= busyMs;
}
