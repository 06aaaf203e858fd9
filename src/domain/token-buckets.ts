/** Rate limits: a token bucket per key, filled lazily. At most `entries` of them; the one unused for longest is forgotten, that is full. */
export class TokenBuckets {
  readonly #entries: number;
  readonly #buckets = new Map<string, { tokens: number; atMs: number }>();

  constructor(entries: number) {
    this.#entries = entries;
  }

  /** Takes one token; 0 when it was there, else how long until it is. */
  take(key: string, size: { readonly burst: number; readonly perMs: number }, nowMs: number): number {
    const perMs = size.burst / size.perMs;
    const before = this.#buckets.get(key);
    // A clock that steps back refills nothing.
    const filled = before === undefined ? size.burst : Math.min(size.burst, before.tokens + Math.max(0, nowMs - before.atMs) * perMs);
    const taken = filled >= 1;
    this.#keep(key, { tokens: taken ? filled - 1 : filled, atMs: nowMs });
    return taken ? 0 : Math.ceil((1 - filled) / perMs);
  }

  #keep(key: string, bucket: { tokens: number; atMs: number }): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= this.#entries) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
