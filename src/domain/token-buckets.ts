interface Bucket {
  tokens: number;
  atMs: number;
  closedUntilMs: number;
}

/** Rate limits: a token bucket per key, filled lazily. At most `entries` of them; one of those that were not used for long is forgotten, that is full. */
export class TokenBuckets {
  readonly #entries: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(entries: number) {
    this.#entries = entries;
  }

  /**
   * Takes one token; 0 when it was there, else how long until it is. `pauseMs`: a refusal refuses whatever comes within so
   * long, so that of many calls under way none overtakes the one refused first.
   */
  take(key: string, size: { readonly burst: number; readonly perMs: number }, nowMs: number, pauseMs = 0): number {
    const perMs = size.burst / size.perMs;
    const bucket = this.#bucket(key, size.burst, nowMs);
    // A clock that steps back refills nothing.
    const filled = Math.min(size.burst, bucket.tokens + Math.max(0, nowMs - bucket.atMs) * perMs);
    bucket.atMs = nowMs;
    if (filled >= 1 && nowMs >= bucket.closedUntilMs) {
      bucket.tokens = filled - 1;
      bucket.closedUntilMs = 0;
      return 0;
    }
    bucket.tokens = filled;
    const waitMs = nowMs < bucket.closedUntilMs ? bucket.closedUntilMs - nowMs : Math.max(pauseMs, Math.ceil((1 - filled) / perMs));
    bucket.closedUntilMs = pauseMs === 0 ? 0 : nowMs + waitMs;
    return waitMs;
  }

  #bucket(key: string, burst: number, nowMs: number): Bucket {
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      // The order of use matters only once some may have to go; keeping it costs more than the taking.
      if (this.#buckets.size > this.#entries / 2) this.#keep(key, known);
      return known;
    }
    const fresh: Bucket = { tokens: burst, atMs: nowMs, closedUntilMs: 0 };
    this.#keep(key, fresh);
    return fresh;
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= this.#entries) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
