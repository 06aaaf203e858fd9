import { encodeFrame, type Frame } from "../protocol/frame.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { Up } from "../protocol/up.ts";
import { utf8Bytes } from "../util/text.ts";

export interface OutgoingPort {
  soon(run: () => void): void;
  send(frame: Frame): void;
  /** A message that no frame can hold. */
  oversize(message: Up): void;
}

/** Joins what is sent in one tick into one frame, or as few as the limits allow. */
export class Outgoing {
  #batch: Up[] = [];
  readonly #port: OutgoingPort;

  constructor(port: OutgoingPort) {
    this.#port = port;
  }

  add(message: Up): void {
    this.#batch.push(message);
    if (this.#batch.length === 1) this.#port.soon(() => this.flush());
  }

  flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    for (let at = 0; at < batch.length; at += LIMITS.frameMessages) this.#send(batch.slice(at, at + LIMITS.frameMessages));
  }

  clear(): void {
    this.#batch = [];
  }

  /** Encodes first and measures then: a batch that must be split is rare, and measuring costs as much as encoding. */
  #send(batch: readonly Up[]): void {
    const frame = encodeFrame(batch);
    if (fits(frame)) return this.#port.send(frame);
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) return this.#port.oversize(first);
    const half = batch.length >> 1;
    this.#send(batch.slice(0, half));
    this.#send(batch.slice(half));
  }
}

function fits(frame: Frame): boolean {
  if (typeof frame !== "string") return frame.byteLength <= LIMITS.frameBytes;
  // A UTF-16 unit is at most 3 bytes: counting is only worth it near the limit.
  return frame.length * 3 <= LIMITS.frameBytes || (frame.length <= LIMITS.frameBytes && utf8Bytes(frame) <= LIMITS.frameBytes);
}
