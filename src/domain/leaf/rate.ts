/** Over about so long, so that one burst does not move a thousand people. */
const OVER_MS = 10_000;

/** How often something happens a second, lately. */
export class Rate {
  #perSecond = 0;
  #at = Number.NEGATIVE_INFINITY;

  happened(now: number): void {
    this.#perSecond = this.value(now) + 1000 / OVER_MS;
    this.#at = now;
  }

  value(now: number): number {
    return this.#at === Number.NEGATIVE_INFINITY ? 0 : this.#perSecond * Math.exp(-Math.max(0, now - this.#at) / OVER_MS);
  }
}
