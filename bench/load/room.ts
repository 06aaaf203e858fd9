import type { Histogram } from "../lib/histogram.ts";
import { Ledger } from "../lib/ledger.ts";
import { encodePayload } from "../lib/payload.ts";
import type { Adapter, Connection } from "./adapter.ts";
import { inParallel } from "./parallel.ts";

export interface RoomOptions {
  readonly kind: "room" | "durable-room" | "presence-room";
  readonly name: string;
  /** Index of the first member over all clients of the run. */
  readonly firstIndex: number;
  readonly members: number;
  /** Messages that not everybody has yet, at most, over all publishers. */
  readonly window: number;
  readonly latency: Histogram;
  /** Of each message; the benchmark's own size if not given. */
  readonly payloadBytes?: number;
  /** Messages of one publisher that may be under way when `publish` is called from outside. */
  readonly backlog?: number;
  /** From publish to the publisher's own copy. */
  readonly echo?: Histogram;
}

/**
 * Members who publish: enough that order per publisher means something and that no single client's joined frames make it easy
 * for the server; each has an equal part of the window.
 */
const PUBLISHERS_MAX = 8;
/** Handshakes under way at once. */
export const CONNECTING_MAX = 64;

/** One channel under load: whoever publishes sends the next message when everybody has an earlier one of his. */
export class Room {
  readonly #options: RoomOptions;
  readonly #publishers: number;
  readonly #perPublisher: number;
  readonly #ledger: Ledger;
  readonly #connections: Connection[] = [];
  #running = false;
  #onIdle: (() => void) | undefined;

  constructor(options: RoomOptions) {
    this.#options = options;
    this.#publishers = Math.min(PUBLISHERS_MAX, options.window, options.members);
    this.#perPublisher = Math.floor(options.window / this.#publishers);
    this.#ledger = new Ledger({
      members: options.members,
      publishers: this.#publishers,
      window: Math.max(this.#perPublisher, options.backlog ?? 0),
      latency: options.latency,
      echo: options.echo,
      onComplete: (publisher) => this.#completed(publisher),
    });
  }

  get delivered(): number {
    return this.#ledger.delivered;
  }

  get published(): number {
    return this.#ledger.published;
  }

  get publishers(): number {
    return this.#publishers;
  }

  /** Its members, the publishers first. */
  get connections(): readonly Connection[] {
    return this.#connections;
  }

  async connect(adapter: Adapter): Promise<void> {
    const { kind, name, firstIndex, members } = this.#options;
    await inParallel(members, CONNECTING_MAX, async (member) => {
      this.#connections[member] = await adapter.connect({
        kind,
        name,
        index: firstIndex + member,
        onDeliveries: (deliveries) => {
          const now = performance.now();
          for (const { publisher, number } of deliveries) this.#ledger.deliver(member, publisher, number, now);
        },
      });
    });
  }

  start(): void {
    this.#running = true;
    for (let publisher = 0; publisher < this.#publishers; publisher++) {
      for (let message = 0; message < this.#perPublisher; message++) this.publish(publisher);
    }
  }

  publish(publisher: number): void {
    const number = this.#ledger.publish(publisher, performance.now());
    this.#connections[publisher]?.send(encodePayload(publisher, number, this.#options.payloadBytes));
  }

  /** Publishes nothing more; resolves when everybody has everything. */
  drained(): Promise<void> {
    this.#running = false;
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.#settle();
    });
  }

  assertComplete(): void {
    this.#ledger.assertComplete();
  }

  #completed(publisher: number): void {
    if (this.#running) this.publish(publisher);
    else this.#settle();
  }

  #settle(): void {
    if (this.#ledger.outstanding > 0) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }
}
