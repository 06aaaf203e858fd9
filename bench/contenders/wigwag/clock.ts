import { LIMITS } from "../../../src/protocol/limits.ts";

/** What every socket does now and then. */
export interface Ticking {
  readonly ended: boolean;
  ping(): void;
  acknowledge(): void;
}

/** Long enough that pings do not count in the figures; the server keeps a member for three of them. */
export const KEEP_ALIVE_MS = 30_000;
const STEP_MS = 100;
const STEPS_PER_ACK = LIMITS.ackMs / STEP_MS;
const STEPS_PER_PING = KEEP_ALIVE_MS / STEP_MS;
/** What has ended is forgotten this often. */
const STEPS_PER_SWEEP = STEPS_PER_PING;

/** One timer for all sockets, which take turns: thousands of timers would cost the load generator, and fire together. */
export class Clock {
  #sockets: Ticking[] = [];
  readonly #timer: NodeJS.Timeout;
  #step = 0;

  constructor() {
    this.#timer = setInterval(() => this.#tick(), STEP_MS);
  }

  add(socket: Ticking): void {
    this.#sockets.push(socket);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#step += 1;
    if (this.#step % STEPS_PER_SWEEP === 0) this.#sockets = this.#sockets.filter(({ ended }) => !ended);
    for (let index = this.#step % STEPS_PER_ACK; index < this.#sockets.length; index += STEPS_PER_ACK) this.#living(index)?.acknowledge();
    for (let index = this.#step % STEPS_PER_PING; index < this.#sockets.length; index += STEPS_PER_PING) this.#living(index)?.ping();
  }

  #living(index: number): Ticking | undefined {
    const socket = this.#sockets[index];
    return socket?.ended === false ? socket : undefined;
  }
}
