/** A commit that takes longer than this waits for others: the disk, not the processor, is what is short. */
const SLOW_COMMIT_MS = 8;
const COMMIT_WEIGHT = 0.3;
const COMMIT_STALE_MS = 2_000;
/** Nobody waits longer than this for others. */
const COMMIT_WAIT_MAX_MS = 50;

/** Work is averaged over about so long: some windows. */
const WORK_MS = 250;
/** While others take less than this of the processor, what comes is done at once. */
const CROWD_FROM = 0.4;
const CROWD_FULL = 0.8;
/** How long is collected where the others take all of it: about one round of a few hundred channels. */
const CROWD_MAX_MS = 100;

/** Work of late as a share of the time; of one channel, or of all. */
export class Work {
  #ms = 0;
  #at = Number.NEGATIVE_INFINITY;

  add(ms: number, now: number): void {
    this.#ms = this.#left(now) + ms;
    this.#at = Math.max(now, this.#at);
  }

  share(now: number): number {
    return this.#left(now) / WORK_MS;
  }

  #left(now: number): number {
    return now > this.#at ? this.#ms * Math.exp((this.#at - now) / WORK_MS) : this.#ms;
  }
}

/**
 * What the channels of one isolate know of each other: they share a processor and a disk. A channel of ten members never sees
 * for itself that there are two hundred such; each then flushes each message by itself, and all are late. So they collect
 * while the others keep the processor busy, or commits are slow, and only then. Work is estimated: time stands still for an
 * object while it works.
 */
export class Pace {
  readonly #all = new Work();
  #commitMs = 0;
  #committedAt = Number.NEGATIVE_INFINITY;

  /** A channel, whose own work is kept in `own`, has done some. */
  worked(own: Work, ms: number, now: number): void {
    own.add(ms, now);
    this.#all.add(ms, now);
  }

  /** A commit that began then is durable now. */
  committed(startedAt: number, now: number): void {
    const before = now - this.#committedAt > COMMIT_STALE_MS ? 0 : this.#commitMs;
    this.#commitMs = before + COMMIT_WEIGHT * (now - startedAt - before);
    this.#committedAt = now;
  }

  /** How much waiting costs next to nothing: many small channels can make fewer commits and frames. */
  waitMs(own: Work, now: number): number {
    return Math.max(this.#crowdMs(own, now), this.#diskMs(now));
  }

  /** Of all work there is, as a share of the time. */
  share(now: number): number {
    return this.#all.share(now);
  }

  #crowdMs(own: Work, now: number): number {
    const others = this.#all.share(now) - own.share(now);
    return others <= CROWD_FROM ? 0 : CROWD_MAX_MS * Math.min(1, (others - CROWD_FROM) / (CROWD_FULL - CROWD_FROM));
  }

  /** Half a commit more, where commits are slow. */
  #diskMs(now: number): number {
    if (this.#commitMs <= SLOW_COMMIT_MS || now - this.#committedAt > COMMIT_STALE_MS) return 0;
    return Math.min(COMMIT_WAIT_MAX_MS, this.#commitMs / 2);
  }
}
