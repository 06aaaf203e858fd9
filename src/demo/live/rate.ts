/** Seconds that the plot shows. */
export const SECONDS = 60;

/** How many messages came in each of the last seconds. */
export class Rate {
  readonly #perSecond: number[] = new Array<number>(SECONDS).fill(0);
  #now = 0;

  count(): void {
    this.#now += 1;
  }

  /** A second is over. */
  tick(): readonly number[] {
    this.#perSecond.push(this.#now);
    this.#perSecond.shift();
    this.#now = 0;
    return [...this.#perSecond];
  }
}
