import { describe, expect, it } from "vitest";
import { Handover } from "../../../src/domain/user/handover.ts";
import type { DeliveryAnswer, DeliveryReply, PeerDelivery, Settlement } from "../../../src/domain/user/peer-message.ts";

const delivery = (id: number): PeerDelivery => ({ message: { from: "ada", device: "phone", id, ts: 0, data: "x" }, ifAbsent: "keep" });
const key = (id: number): string => `ada\nphone\n${id}`;
const pending: DeliveryAnswer = { state: "pending", copies: 1, waiting: 0 };
const idsOf = (deliveries: readonly PeerDelivery[]): number[] => deliveries.map(({ message }) => message.id);

/** A receiver's object that has pushed what it was handed, and may be lost with all that it knew. */
class Receiver {
  life = "one";
  readonly batches: number[][] = [];
  readonly again: number[] = [];
  readonly words: Settlement[] = [];
  readonly settled = new Set<number>();
  readonly answers = new Map<number, DeliveryAnswer>();
  readonly handover = new Handover({
    call: (_to, deliveries, settlements, life) => this.#take(deliveries, settlements, life),
    awaited: (which) => ![...this.settled].some((id) => key(id) === which),
    again: (_to, { message }) => this.again.push(message.id),
  });

  hand(...ids: number[]): Promise<readonly DeliveryAnswer[]> {
    return this.handover.hand("bob", ids.map(delivery));
  }

  #take(deliveries: readonly PeerDelivery[], settlements: readonly Settlement[], life: string | undefined): Promise<DeliveryReply> {
    this.words.push(...settlements);
    if (life !== undefined && life !== this.life) return Promise.resolve({ life: this.life });
    this.batches.push(idsOf(deliveries));
    return Promise.resolve({ life: this.life, answers: deliveries.map(({ message }) => this.answers.get(message.id) ?? pending) });
  }
}

describe("messages on their way to another user's object", () => {
  it("[PM24] that is lost are handed to its next life, in order, before anything later", async () => {
    const bob = new Receiver();
    await bob.hand(1, 2);
    await bob.hand(3);
    bob.life = "two";
    expect(await bob.hand(4)).toEqual([pending]);
    expect(bob.batches).toEqual([[1, 2], [3], [1, 2, 3, 4]]);
    expect(bob.again).toEqual([1, 2, 3]);
    bob.life = "three";
    await bob.hand(5);
    expect(bob.batches.at(-1)).toEqual([1, 2, 3, 4, 5]);
  });

  it("[PM27] words go along once, and alone to whoever is there", async () => {
    const bob = new Receiver();
    const word = { from: "bob", device: "phone", id: 1, delivered: 1, waiting: 0, final: true };
    await bob.hand(1);
    bob.life = "two";
    expect(await bob.handover.hand("bob", [], [word])).toEqual([]);
    expect([bob.batches, bob.words]).toEqual([[[1], []], [word]]);
    await bob.handover.hand("bob", [delivery(2)], [word]);
    expect([bob.batches.slice(2), bob.words]).toEqual([[[1, 2]], [word, word]]);
  });

  it("[PM24] but for those that have their outcome, or were never pushed", async () => {
    const bob = new Receiver();
    bob.answers.set(2, { state: "settled", outcome: { delivered: 0, waiting: 1 } });
    bob.settled.add(4);
    await bob.hand(1, 2, 3, 4);
    bob.handover.release("bob", key(3));
    bob.life = "two";
    await bob.hand(5);
    expect(bob.batches.at(-1)).toEqual([1, 5]);
  });

  it("[PM24] and to whoever is there, where nothing is unsettled", async () => {
    const bob = new Receiver();
    await bob.hand(1);
    bob.handover.release("bob", key(1));
    bob.life = "two";
    await bob.hand(2);
    expect(bob.batches).toEqual([[1], [2]]);
  });

  it("[PM24] an object that is lost again and again is tried later", async () => {
    let lives = 0;
    const handover = new Handover({
      call: (_to, deliveries, _settlements, life) =>
        Promise.resolve(life === undefined ? { life: "0", answers: deliveries.map(() => pending) } : { life: String(++lives) }),
      awaited: () => true,
      again: () => {},
    });
    await handover.hand("bob", [delivery(1)]);
    await expect(handover.hand("bob", [delivery(2)])).rejects.toMatchObject({ retryable: true });
  });

  it("[PM19] are remembered up to a bound", async () => {
    const bob = new Receiver();
    const large = (id: number): PeerDelivery => ({ ...delivery(id), message: { ...delivery(id).message, data: "x".repeat(32_000) } });
    await bob.handover.hand(
      "bob",
      Array.from({ length: 200 }, (_, id) => large(id + 1)),
    );
    expect(bob.handover.full).toBe(false);
    await bob.handover.hand(
      "bob",
      Array.from({ length: 100 }, (_, id) => large(id + 201)),
    );
    expect(bob.handover.full).toBe(true);
    bob.handover.release("bob", key(1));
    for (let id = 2; id <= 300; id++) bob.handover.release("bob", key(id));
    expect(bob.handover.full).toBe(false);
  });
});
