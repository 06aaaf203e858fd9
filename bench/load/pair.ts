import type { Histogram } from "../lib/histogram.ts";
import { Ledger } from "../lib/ledger.ts";
import { type Delivery, encodePayload } from "../lib/payload.ts";
import type { Adapter, Connection } from "./adapter.ts";
import type { Loop } from "./closed-loop.ts";

export interface PairOptions {
  readonly name: string;
  readonly firstIndex: number;
  /** Messages under way between the two. */
  readonly window: number;
  readonly latency: Histogram;
}

/** Two clients at ping-pong: each message that arrives is answered by one the other way. */
export class Pair implements Loop {
  readonly #options: PairOptions;
  /** One per direction: what side 0 sends, what side 1 sends. */
  readonly #ledgers: readonly [Ledger, Ledger];
  #sides: readonly [Connection, Connection] | undefined;
  #running = false;
  #onIdle: (() => void) | undefined;

  constructor(options: PairOptions) {
    this.#options = options;
    const ledger = (from: 0 | 1): Ledger =>
      new Ledger({ members: 1, publishers: 1, window: options.window, latency: options.latency, onComplete: () => this.#arrived(from) });
    this.#ledgers = [ledger(0), ledger(1)];
  }

  get delivered(): number {
    return this.#ledgers[0].delivered + this.#ledgers[1].delivered;
  }

  get published(): number {
    return this.#ledgers[0].published + this.#ledgers[1].published;
  }

  async connect(adapter: Adapter): Promise<void> {
    this.#sides = await Promise.all([this.#connectSide(adapter, 0), this.#connectSide(adapter, 1)]);
  }

  start(): void {
    this.#running = true;
    for (let message = 0; message < this.#options.window; message++) this.#send(0);
  }

  drained(): Promise<void> {
    this.#running = false;
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#settle();
    });
  }

  assertComplete(): void {
    for (const ledger of this.#ledgers) ledger.assertComplete();
  }

  #connectSide(adapter: Adapter, side: 0 | 1): Promise<Connection> {
    const { name, firstIndex } = this.#options;
    const incoming = this.#ledgers[side === 0 ? 1 : 0];
    const onDeliveries = (deliveries: readonly Delivery[]): void => {
      const now = performance.now();
      for (const { publisher, number } of deliveries) incoming.deliver(0, publisher, number, now);
    };
    return adapter.connect({ kind: "peer", name, index: firstIndex + side, peer: firstIndex + 1 - side, onDeliveries });
  }

  #send(side: 0 | 1): void {
    const number = this.#ledgers[side].publish(0, performance.now());
    this.#sides?.[side].send(encodePayload(0, number));
  }

  #arrived(from: 0 | 1): void {
    if (this.#running) this.#send(from === 0 ? 1 : 0);
    else this.#settle();
  }

  #settle(): void {
    if (this.#ledgers[0].outstanding + this.#ledgers[1].outstanding > 0) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }
}
