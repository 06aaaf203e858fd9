/**
 * Work of which each item takes its own time, and whose ends come in the order of the beginnings, by key. Nothing waits where nothing is
 * under way. As many as `most` may be.
 */
export class InTurn {
  readonly #most: number;
  readonly #last = new Map<string, Promise<unknown>>();
  #count = 0;

  constructor(most: number) {
    this.#most = most;
  }

  isBusy(key: string): boolean {
    return this.#last.has(key);
  }

  /** Undefined: there are too many. `work` begins at once, and never rejects. */
  run<T>(key: string, work: () => Promise<T>): Promise<T> | undefined {
    if (this.#count >= this.#most) return undefined;
    this.#count += 1;
    const ahead = this.#last.get(key);
    const done = Promise.all([work(), ahead]).then(([result]) => {
      this.#count -= 1;
      if (this.#last.get(key) === done) this.#last.delete(key);
      return result;
    });
    this.#last.set(key, done);
    return done;
  }
}
