/** Gives a slot back; more than once does no harm. */
export type Release = () => void;

/**
 * How much is under way, by key. A slot that nobody gave back counts no longer after `staleMs`: a platform may end a
 * request between any two lines.
 */
export class Slots {
  readonly #staleMs: number;
  readonly #taken = new Map<string, Set<{ readonly sinceMs: number }>>();

  constructor(staleMs: number) {
    this.#staleMs = staleMs;
  }

  /** Undefined: as many as may be are taken. */
  take(key: string, max: number, nowMs: number): Release | undefined {
    const taken = this.#taken.get(key) ?? new Set();
    for (const slot of taken) if (nowMs - slot.sinceMs >= this.#staleMs) taken.delete(slot);
    if (taken.size >= max) return undefined;
    const slot = { sinceMs: nowMs };
    taken.add(slot);
    this.#taken.set(key, taken);
    return () => {
      taken.delete(slot);
      if (taken.size === 0 && this.#taken.get(key) === taken) this.#taken.delete(key);
    };
  }
}
