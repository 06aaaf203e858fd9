import { type CallRate, RATES } from "./limits.ts";

/** Counts calls in a sliding window. */
class Window {
  readonly #rate: CallRate;
  #times: number[] = [];

  constructor(rate: CallRate) {
    this.#rate = rate;
  }

  take(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < this.#rate.perMs);
    if (this.#times.length >= this.#rate.calls) return false;
    this.#times.push(now);
    return true;
  }

  /** Whether it remembers nothing that still counts. */
  idle(now: number): boolean {
    return this.#times.every((time) => now - time >= this.#rate.perMs);
  }
}

/** How often each call of one client has been made lately. */
export class Rates {
  readonly #windows = new Map<keyof typeof RATES, Window>();
  /** Never more than the joins that `joinAny` allows within the window of one channel. */
  readonly #joins = new Map<string, Window>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** False if it is one too many, which then does not count. */
  take(name: Exclude<keyof typeof RATES, "joinSame">): boolean {
    const window = this.#windows.get(name) ?? new Window(RATES[name]);
    this.#windows.set(name, window);
    return window.take(this.#now());
  }

  /** The same for the joins of one channel. */
  takeJoin(channelId: string): boolean {
    const now = this.#now();
    for (const [id, window] of this.#joins) if (window.idle(now)) this.#joins.delete(id);
    const window = this.#joins.get(channelId) ?? new Window(RATES.joinSame);
    this.#joins.set(channelId, window);
    return window.take(now);
  }
}
