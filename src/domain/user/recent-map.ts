/**
 * A map that forgets its oldest entries: it holds the newest `bound`, and up to twice as many. Two generations, because a
 * Map that loses its oldest key with every new one has to step over all those it lost before.
 */
export class RecentMap<Key, Value> {
  readonly #bound: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  constructor(bound: number) {
    this.#bound = bound;
  }

  get(key: Key): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: Key, value: Value): void {
    this.#young.set(key, value);
    if (this.#young.size < this.#bound) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: Key): boolean {
    const young = this.#young.delete(key);
    return this.#old.delete(key) || young;
  }
}
