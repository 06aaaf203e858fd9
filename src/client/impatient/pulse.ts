import type { Timers } from "./timers.ts";

export interface PulseOptions {
  /** A socket that has said nothing for so long is asked whether it lives. */
  readonly quietMs: number;
  /** Who was asked, or told something, and says nothing for so long is given up. */
  readonly stallMs: number;
}

export interface PulsePort {
  ping(): void;
  stalled(): void;
}

/** Notices early that nothing comes back. Each ping is a packet of its own, by which TCP may find out sooner what was lost before it. */
export class Pulse {
  readonly #timers: Timers;
  readonly #options: PulseOptions;
  readonly #port: PulsePort;
  #cancel = () => {};
  /** Since when something is owed to us. */
  #owedSince: number | undefined;

  constructor(timers: Timers, options: PulseOptions, port: PulsePort) {
    this.#timers = timers;
    this.#options = options;
    this.#port = port;
    this.#rest();
  }

  /** Anything that arrives is a sign of life. */
  heard(): void {
    this.#cancel();
    this.#owedSince = undefined;
    this.#rest();
  }

  said(): void {
    if (this.#owedSince === undefined) this.#wait();
  }

  stop(): void {
    this.#cancel();
  }

  #rest(): void {
    this.#cancel = this.#timers.after(this.#options.quietMs, () => {
      this.#port.ping();
      this.#wait();
    });
  }

  /** Not all that is said is answered: a ping is. */
  #wait(): void {
    this.#cancel();
    const since = this.#timers.now();
    this.#owedSince = since;
    const { stallMs } = this.#options;
    const steps = [stallMs / 4, stallMs / 2, stallMs];
    const step = (index: number): void => {
      const at = steps[index];
      if (at === undefined) return this.#port.stalled();
      this.#cancel = this.#timers.after(since + at - this.#timers.now(), () => {
        if (index + 1 < steps.length) this.#port.ping();
        step(index + 1);
      });
    };
    step(0);
  }
}
