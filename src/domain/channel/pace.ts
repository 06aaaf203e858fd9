/** A commit that takes longer than this waits for others: the disk, not the processor, is what is short. */
const SLOW_COMMIT_MS = 8;
const COMMIT_WEIGHT = 0.3;
const COMMIT_STALE_MS = 2_000;
/** Fewer commits of others within `RECENT_MS` than these do not make a disk slow. */
const COMMITS_OF_OTHERS = 3;

/** What is recent: some windows. */
const RECENT_MS = 250;
/** While others take less than this of the time, as estimated, what comes is done at once; the estimate is low: a processor is half as fast again where caches are cold. */
const CROWD_FROM = 0.3;
const CROWD_FULL = 0.5;
/** Less than this is no company. */
const COMPANY_FROM = 0.05;
/** The longest that is waited for others: about one round of a few hundred channels. */
const WAIT_MAX_MS = 100;

/** How much of something there was of late: what is older counts less. */
export class Recent {
  #amount = 0;
  #at = Number.NEGATIVE_INFINITY;

  add(amount: number, now: number): void {
    this.#amount = this.amount(now) + amount;
    // Also where the clock was set back.
    this.#at = now;
  }

  amount(now: number): number {
    return now > this.#at ? this.#amount * Math.exp((this.#at - now) / RECENT_MS) : this.#amount;
  }
}

/** Of one channel, or of all: work as estimated, ms, and how many commits. */
export class Effort {
  readonly work = new Recent();
  readonly commits = new Recent();
}

/**
 * What the channels of one isolate know of each other: they share a processor and a disk. A channel of ten members never sees
 * for itself that there are two hundred such; each then flushes each message by itself, and all are late. So they collect
 * while the others keep the processor busy, or make the disk slow, and only then. Work is estimated: time stands still for an
 * object while it works.
 */
export class Pace {
  readonly #all = new Effort();
  #commitMs = 0;
  #committedAt = Number.NEGATIVE_INFINITY;

  /** A channel, whose own effort is `own`, has done some work. */
  worked(own: Effort, ms: number, now: number): void {
    own.work.add(ms, now);
    this.#all.work.add(ms, now);
  }

  /** A commit that began then is durable now. */
  committed(own: Effort, startedAt: number, now: number): void {
    const before = now - this.#committedAt > COMMIT_STALE_MS ? 0 : this.#commitMs;
    this.#commitMs = before + COMMIT_WEIGHT * (now - startedAt - before);
    this.#committedAt = now;
    own.commits.add(1, now);
    this.#all.commits.add(1, now);
  }

  /** How much waiting costs next to nothing: many small channels can make fewer commits and frames. */
  waitMs(own: Effort, now: number): number {
    return Math.max(this.#crowdMs(own, now), this.#diskMs(own, now));
  }

  /** Whether hardly anything else is going on. */
  isAlone(own: Effort, now: number): boolean {
    return this.#othersShare(own, now) < COMPANY_FROM;
  }

  /** Of all work there is, as a share of the time. */
  share(now: number): number {
    return this.#all.work.amount(now) / RECENT_MS;
  }

  #crowdMs(own: Effort, now: number): number {
    const others = this.#othersShare(own, now);
    return others <= CROWD_FROM ? 0 : WAIT_MAX_MS * Math.min(1, (others - CROWD_FROM) / (CROWD_FULL - CROWD_FROM));
  }

  #othersShare(own: Effort, now: number): number {
    return (this.#all.work.amount(now) - own.work.amount(now)) / RECENT_MS;
  }

  /** One commit more: what the others are at takes as long. */
  #diskMs(own: Effort, now: number): number {
    if (this.#commitMs <= SLOW_COMMIT_MS || now - this.#committedAt > COMMIT_STALE_MS) return 0;
    const others = this.#all.commits.amount(now) - own.commits.amount(now);
    return others < COMMITS_OF_OTHERS ? 0 : Math.min(WAIT_MAX_MS, this.#commitMs);
  }
}
