import { LIMITS } from "../protocol/limits.ts";
import type { Environment } from "./environment.ts";

/** Tells the server how far a stream has been read: after so many bytes or so much time. */
export class Acks {
  #upTo = 0;
  #bytes = 0;
  #cancel: (() => void) | undefined;
  readonly #environment: Environment;
  readonly #delayMs: number;
  readonly #send: (upTo: number) => void;

  constructor(environment: Environment, delayMs: number, send: (upTo: number) => void) {
    this.#environment = environment;
    this.#delayMs = delayMs;
    this.#send = send;
  }

  consumed(upTo: number, bytes: number): void {
    this.#upTo = upTo;
    this.#bytes += bytes;
    if (this.#bytes >= LIMITS.ackBytes) this.flush();
    else this.#cancel ??= this.#environment.after(this.#delayMs, () => this.flush());
  }

  flush(): void {
    if (this.#cancel === undefined && this.#bytes === 0) return;
    this.stop();
    this.#send(this.#upTo);
  }

  /** Another socket starts to count anew. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#bytes = 0;
  }
}
