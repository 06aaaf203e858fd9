import type { TransferOptions } from "./options.ts";

/** Counts what is through, and tells it at intervals and once more at the end. */
export class Teller {
  bytes = 0;
  total: number;
  readonly #onProgress: TransferOptions["onProgress"];
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor(total: number, everyMs: number, onProgress: TransferOptions["onProgress"]) {
    this.total = total;
    this.#onProgress = onProgress;
    this.#timer = onProgress && setInterval(() => this.#tell(), everyMs);
  }

  /** `done`: all of it is through. */
  stop(done: boolean): void {
    clearInterval(this.#timer);
    if (done) this.#tell();
  }

  #tell(): void {
    this.#onProgress?.({ bytes: this.bytes, total: this.total });
  }
}
