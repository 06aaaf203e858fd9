/** Values that are good for a while; at most `entries` of them, the oldest going first. The caller brings the clock. */
export class TtlCache<K, V> {
  readonly #entries: number;
  readonly #kept = new Map<K, { readonly value: V; readonly until: number }>();

  constructor(entries: number) {
    this.#entries = entries;
  }

  get(key: K, nowMs: number): V | undefined {
    const hit = this.#kept.get(key);
    if (hit === undefined) return undefined;
    if (nowMs < hit.until) return hit.value;
    this.#kept.delete(key);
    return undefined;
  }

  set(key: K, value: V, ttlMs: number, nowMs: number): void {
    this.#kept.delete(key);
    if (this.#kept.size >= this.#entries) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    this.#kept.set(key, { value, until: nowMs + ttlMs });
  }

  delete(key: K): void {
    this.#kept.delete(key);
  }

  get size(): number {
    return this.#kept.size;
  }
}
