import { LIMITS } from "../../protocol/limits.ts";
import { ByteScale } from "../stream/byte-scale.ts";
import { deviceKey } from "./members.ts";
import type { Subscriber } from "./ports.ts";

interface Reader<One extends Subscriber> {
  readonly subscriber: One;
  /** Bytes of the stream it has acknowledged, on the scale of bytes sent. */
  acknowledged: number;
}

/**
 * The subscribers of a stream and how far behind each is. Nothing is counted per send: the stream counts its bytes once,
 * and an acknowledged seq is looked up on that scale. Forgotten on eviction, when nobody is behind.
 */
export class Readers<One extends Subscriber = Subscriber> {
  readonly #readers = new Map<string, Reader<One>>();
  readonly #scale = new ByteScale();

  get size(): number {
    return this.#readers.size;
  }

  get(user: string, device: string): One | undefined {
    return this.#readers.get(deviceKey(user, device))?.subscriber;
  }

  /** Takes the place of the device's earlier subscriber, which is returned. `replayed`: bytes it is being sent to catch up. */
  add(subscriber: One, replayed = 0): One | undefined {
    const key = deviceKey(subscriber.user, subscriber.device);
    const earlier = this.#readers.get(key)?.subscriber;
    this.#readers.set(key, { subscriber, acknowledged: this.#scale.sent - replayed });
    return earlier === subscriber ? undefined : earlier;
  }

  /** Whether it was there: a late close of a replaced socket must not end its successor. */
  remove(subscriber: Subscriber): boolean {
    const key = deviceKey(subscriber.user, subscriber.device);
    return this.#readers.get(key)?.subscriber === subscriber && this.#readers.delete(key);
  }

  /** The subscribers of a user's devices. */
  ofUser(user: string): One[] {
    return [...this].filter((subscriber) => subscriber.user === user);
  }

  *[Symbol.iterator](): IterableIterator<One> {
    for (const { subscriber } of this.#readers.values()) yield subscriber;
  }

  /** Counts a frame that goes to everybody. */
  sent(bytes: number, upTo: number): void {
    this.#scale.add(bytes, upTo);
  }

  acknowledge(subscriber: Subscriber, upTo: number): void {
    const reader = this.#readers.get(deviceKey(subscriber.user, subscriber.device));
    if (reader?.subscriber !== subscriber) return;
    reader.acknowledged = Math.max(reader.acknowledged, this.#scale.at(upTo));
  }

  /** Those with more outstanding than a slow reader may have. Riders acknowledge elsewhere, and their carriage has a bound of its own. */
  tooSlow(): One[] {
    const least = this.#scale.sent - LIMITS.slowReaderBytes;
    const slow: One[] = [];
    if (least <= 0) return slow;
    for (const reader of this.#readers.values()) if (reader.subscriber.via === "socket" && reader.acknowledged < least) slow.push(reader.subscriber);
    return slow;
  }
}
