import { LIMITS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import { type DeliveryAnswer, type DeliveryReply, messageBytes, messageKey, type PeerDelivery, type Settlement } from "./peer-message.ts";

export interface HandoverPorts {
  /**
   * A batch to a user's object, in order, and with it words on what that one has sent. `life`: the one of its lives that has pushed what
   * is unsettled; to another one the messages must not go.
   */
  call(to: UserId, deliveries: readonly PeerDelivery[], settlements: readonly Settlement[], life: string | undefined): Promise<DeliveryReply>;
  /** Whether the outcome of the message of this key is still waited for. */
  awaited(key: string): boolean;
  /** What the receiver's next life says to a message that an earlier one had pushed. */
  again(to: UserId, delivery: PeerDelivery, answer: DeliveryAnswer): void;
}

interface Pushed {
  readonly life: string;
  readonly deliveries: Map<string, PeerDelivery>;
}

/** An object that dies this often within one call is tried again later. */
const LIVES_MAX = 4;

/**
 * Messages on their way to other users' objects. What such an object has pushed lives in its memory only: should it be lost, its
 * next life is handed all that is unsettled once more, in order, before anything later.
 */
export class Handover {
  readonly #ports: HandoverPorts;
  readonly #receivers = new Map<UserId, Pushed>();
  #bytes = 0;

  constructor(ports: HandoverPorts) {
    this.#ports = ports;
  }

  /** Whether too much is unsettled to remember more. */
  get full(): boolean {
    return this.#bytes >= LIMITS.pendingBytes;
  }

  /** Answers in the order of the deliveries. Throws as the call does. */
  hand(to: UserId, deliveries: readonly PeerDelivery[], settlements: readonly Settlement[] = []): Promise<readonly DeliveryAnswer[]> {
    // Words alone go to whoever is there.
    const life = deliveries.length === 0 ? undefined : this.#receivers.get(to)?.life;
    return this.#ports
      .call(to, deliveries, settlements, life)
      .then(({ life: present, answers }) => (answers === undefined ? this.#handAgain(to, deliveries, present) : this.#taken(to, present, deliveries, answers)));
  }

  async #handAgain(to: UserId, deliveries: readonly PeerDelivery[], next: string): Promise<readonly DeliveryAnswer[]> {
    let life = next;
    for (let lives = 1; lives < LIVES_MAX; lives++) {
      const earlier = [...(this.#receivers.get(to)?.deliveries.values() ?? [])];
      const all = [...earlier, ...deliveries];
      const { life: present, answers } = await this.#ports.call(to, all, [], life);
      if (answers !== undefined) {
        this.#taken(to, present, all, answers);
        for (const [i, delivery] of earlier.entries()) if (answers[i] !== undefined) this.#ports.again(to, delivery, answers[i]);
        return answers.slice(earlier.length);
      }
      life = present;
    }
    throw Object.assign(new Error("the receiver's object is lost again and again"), { retryable: true });
  }

  #taken(to: UserId, life: string, deliveries: readonly PeerDelivery[], answers: readonly DeliveryAnswer[]): readonly DeliveryAnswer[] {
    for (const [i, delivery] of deliveries.entries()) this.#note(to, life, delivery, answers[i]);
    return answers;
  }

  /** It has its outcome, or nobody waits for one any more. */
  release(to: UserId, key: string): void {
    const pushed = this.#receivers.get(to);
    const delivery = pushed?.deliveries.get(key);
    if (pushed === undefined || delivery === undefined) return;
    pushed.deliveries.delete(key);
    this.#bytes -= messageBytes(delivery.message);
    if (pushed.deliveries.size === 0) this.#receivers.delete(to);
  }

  #note(to: UserId, life: string, delivery: PeerDelivery, answer: DeliveryAnswer | undefined): void {
    const key = messageKey(delivery.message);
    this.release(to, key);
    // Its outcome may have overtaken this answer.
    if (answer?.state !== "pending" || !this.#ports.awaited(key)) return;
    this.#of(to, life).deliveries.set(key, delivery);
    this.#bytes += messageBytes(delivery.message);
  }

  #of(to: UserId, life: string): Pushed {
    const known = this.#receivers.get(to);
    if (known?.life === life) return known;
    // All that an earlier life had pushed is handed to this one in the same call.
    const pushed = { life, deliveries: known?.deliveries ?? new Map<string, PeerDelivery>() };
    this.#receivers.set(to, pushed);
    return pushed;
  }
}
