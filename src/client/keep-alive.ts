import type { Environment } from "./environment.ts";

export interface KeepAlivePort {
  ping(): void;
  /** The link has been silent for too long. */
  dead(): void;
}

/** Pings at the announced interval and notices a link that has died without a word. */
export class KeepAlive {
  #heardAt: number;
  #dueAt = 0;
  #cancelTick = () => {};
  #cancelProbe: (() => void) | undefined;
  #intervalMs: number;
  readonly #probeMs: number;
  readonly #environment: Environment;
  readonly #port: KeepAlivePort;

  constructor(environment: Environment, intervalMs: number, probeMs: number, port: KeepAlivePort) {
    this.#environment = environment;
    this.#intervalMs = intervalMs;
    this.#probeMs = probeMs;
    this.#port = port;
    this.#heardAt = environment.now();
    this.#arm();
  }

  /** Anything that arrives is a sign of life. */
  heard(): void {
    this.#heardAt = this.#environment.now();
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  setInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    this.#cancelTick();
    this.#arm();
  }

  /** Asks now, and wants an answer soon: after a sleep, or a silence of two intervals. */
  probe(): void {
    if (this.#cancelProbe !== undefined) return;
    this.#cancelProbe = this.#environment.after(this.#probeMs, () => this.#port.dead());
    this.#port.ping();
  }

  stop(): void {
    this.#cancelTick();
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  #arm(): void {
    this.#dueAt = this.#environment.now() + this.#intervalMs;
    this.#cancelTick = this.#environment.after(this.#intervalMs, () => this.#tick());
  }

  #tick(): void {
    const now = this.#environment.now();
    // A timer that fires an interval late has been asleep with the machine; its socket may be long gone.
    const slept = now - this.#dueAt > this.#intervalMs;
    this.#arm();
    if (slept || now - this.#heardAt >= 2 * this.#intervalMs) this.probe();
    else this.#port.ping();
  }
}
