/** Rate limits: a token bucket per key, filled lazily. At most `entries` of them; the one unused for longest is forgotten, that is full. */
export class TokenBuckets {
  readonly #entries: number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number; closedUntilMs: number }>();

  constructor(entries: number) {
    this.#entries = entries;
  }

  /**
   * Takes one token; 0 when it was there, else how long until it is. `pauseMs`: a refusal refuses whatever comes within so
   * long, so that of many calls under way none overtakes the one refused first.
   */
  take(key: string, size: { readonly burst: number; readonly perMs: number }, nowMs: number, pauseMs = 0): number {
    const perMs = size.burst / size.perMs;
    const before = this.#buckets.get(key);
    // A clock that steps back refills nothing.
    const filled = before === undefined ? size.burst : Math.min(size.burst, before.tokens + Math.max(0, nowMs - before.atMs) * perMs);
    const closedUntilMs = before?.closedUntilMs ?? 0;
    const taken = filled >= 1 && nowMs >= closedUntilMs;
    if (taken) {
      this.#keep(key, { tokens: filled - 1, atMs: nowMs, closedUntilMs: 0 });
      return 0;
    }
    const waitMs = nowMs < closedUntilMs ? closedUntilMs - nowMs : Math.max(pauseMs, Math.ceil((1 - filled) / perMs));
    this.#keep(key, { tokens: filled, atMs: nowMs, closedUntilMs: pauseMs === 0 ? 0 : nowMs + waitMs });
    return waitMs;
  }

  #keep(key: string, bucket: { tokens: number; atMs: number; closedUntilMs: number }): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= this.#entries) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
