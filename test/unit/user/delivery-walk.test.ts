import { describe, expect, it } from "vitest";
import { Delivery, type Effects } from "../../../src/domain/user/delivery.ts";
import { Inbox } from "../../../src/domain/user/inbox.ts";
import { memoryInboxStore } from "../../../src/domain/user/inbox-memory.ts";
import { type DeliveryAnswer, messageKey } from "../../../src/domain/user/peer-message.ts";
import type { Message } from "../../../src/protocol/messages/message.ts";
import { must } from "../../../src/util/assert.ts";

/** Mulberry32: small, seeded, good enough to wander about. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const DEVICES_MAX = 6;

/** A device as the SDK is: it sees each message once, acknowledges when it likes, and may be deaf without knowing. */
class Reader {
  connected = false;
  deaf = false;
  sent = 0;
  readonly seen: number[] = [];
  unread: Message[] = [];
  position = 0;
  /** It came when messages had been sent already: of those it gets what is still there. */
  readonly isLate: boolean;

  constructor(isLate = false) {
    this.isLate = isLate;
  }

  take(message: Message): void {
    if (!this.seen.includes(message.id)) this.seen.push(message.id);
  }
}

/** One receiver's object between a sender that submits again what it hears nothing of, and devices that come and go. */
class Walk {
  readonly readers = new Map(["d", "e", "f"].map((device) => [device, new Reader()]));
  readonly #store = memoryInboxStore();
  #inbox = this.#openInbox();
  #delivery = new Delivery(this.#inbox, 3_000);
  readonly #open = new Map<string, Message>();
  #id = 0;

  constructor() {
    for (const device of this.readers.keys()) this.#inbox.register(device);
  }

  step(pick: (below: number) => number): void {
    const [device, reader] = must([...this.readers][pick(this.readers.size)], "a reader");
    const steps = [
      () => this.send(1 + pick(3)),
      () => this.send(1),
      () => this.connect(device),
      () => this.disconnect(device),
      () => this.vanish(device),
      () => (reader.deaf = true),
      () => this.receive(device, 1 + pick(3)),
      () => this.acknowledge(device),
      () => this.late(device),
      () => this.crash(),
      () => this.enter(),
    ];
    must(steps[pick(steps.length)], "a step")();
  }

  send(count: number): void {
    const messages = Array.from({ length: count }, (): Message => ({ from: "ada", device: "phone", id: ++this.#id, ts: 0, data: "x" }));
    for (const message of messages) this.#open.set(messageKey(message), message);
    this.#submit(messages);
  }

  /** A device that has not been here before logs in. */
  enter(): void {
    if (this.readers.size === DEVICES_MAX) return;
    const device = `n${this.readers.size}`;
    this.readers.set(device, new Reader(true));
    this.#inbox.register(device);
    this.#follow(this.#delivery.introduce(device, 0));
    this.connect(device);
  }

  connect(device: string): void {
    this.disconnect(device);
    const reader = must(this.readers.get(device), "a reader");
    Object.assign(reader, { connected: true, deaf: false, sent: this.#inbox.start(device).position.seq });
    this.#pump(device);
  }

  disconnect(device: string): void {
    const reader = must(this.readers.get(device), "a reader");
    Object.assign(reader, { connected: false, unread: [] });
    this.#follow(this.#delivery.giveUp(device, 0));
  }

  /** The socket is closed, and the object has yet to hear of it. */
  vanish(device: string): void {
    Object.assign(must(this.readers.get(device), "a reader"), { connected: false, unread: [] });
  }

  /** Acknowledges some of what was pushed. */
  receive(device: string, count: number): void {
    const reader = must(this.readers.get(device), "a reader");
    if (reader.connected && !reader.deaf) this.#settle(this.#delivery.received(device, reader.unread.splice(0, count)));
  }

  acknowledge(device: string): void {
    const reader = must(this.readers.get(device), "a reader");
    if (!reader.connected || reader.deaf) return;
    this.#inbox.acknowledge(device, reader.position);
    this.#pump(device);
  }

  late(device: string): void {
    this.#follow(this.#delivery.giveUp(device, 0));
  }

  /** Sockets and memory go; the sender's unanswered messages come again, in order. */
  crash(): void {
    this.#inbox = this.#openInbox();
    this.#delivery = new Delivery(this.#inbox, 3_000);
    for (const reader of this.readers.values()) Object.assign(reader, { connected: false, unread: [] });
    this.#submit([...this.#open.values()]);
  }

  /** Everybody comes and reads everything. */
  finish(): number {
    for (const device of this.readers.keys()) this.connect(device);
    for (const [device, reader] of this.readers) {
      this.receive(device, Number.MAX_SAFE_INTEGER);
      while (!this.#inbox.isClear(device)) {
        const before = reader.position;
        this.acknowledge(device);
        expect(this.#inbox.isClear(device) || reader.position > before).toBe(true);
      }
    }
    expect(this.#open.size).toBe(0);
    expect(this.#store.pages()).toEqual([]);
    return this.#id;
  }

  #submit(messages: readonly Message[]): void {
    const connected = new Set([...this.readers].filter(([, reader]) => reader.connected).map(([device]) => device));
    const deliveries = messages.map((message) => ({ message, ifAbsent: "keep" as const }));
    const { answers, effects } = this.#delivery.accept(deliveries, { registered: [...this.readers.keys()], connected, expects: () => true }, 0);
    answers.forEach((answer: DeliveryAnswer, index) => {
      if (answer.state === "settled") this.#open.delete(messageKey(must(messages[index], "as many answers as messages")));
    });
    this.#follow(effects);
  }

  #follow({ pushes, settlements, inboxGrew }: Effects): void {
    for (const [device, messages] of pushes) {
      const reader = must(this.readers.get(device), "a reader");
      if (reader.deaf) continue;
      for (const message of messages) reader.take(message);
      reader.unread.push(...messages);
    }
    this.#settle(settlements);
    if (inboxGrew) for (const device of this.readers.keys()) this.#pump(device);
  }

  #settle(settlements: Effects["settlements"]): void {
    for (const settlement of settlements) if (settlement.final) this.#open.delete(messageKey(settlement));
  }

  #pump(device: string): void {
    const reader = must(this.readers.get(device), "a reader");
    if (!reader.connected) return;
    for (let frame = this.#inbox.next(device, reader.sent, 3_000); frame !== undefined; frame = this.#inbox.next(device, reader.sent, 3_000)) {
      reader.sent = frame.upTo;
      if (reader.deaf) continue;
      for (const item of frame.items) reader.take(item);
      reader.position = frame.upTo;
    }
  }

  #openInbox(): Inbox {
    return new Inbox(
      this.#store,
      () => ({ messages: 10_000, ageMs: 1e9, bytes: 1e9 }),
      () => "0123456789abcdef",
      [...this.readers.keys()],
    );
  }
}

describe("any walk of sends, receipts, lost sockets and lost objects", () => {
  it("[PM2] brings each message to each device, in the order sent, and ends with nothing kept", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const pick = random(seed);
      const walk = new Walk();
      for (let step = 0; step < 60; step++) walk.step(pick);
      const sent = walk.finish();
      const all = Array.from({ length: sent }, (_, n) => n + 1);
      for (const [device, { isLate, seen }] of walk.readers) {
        const wanted = isLate ? seen.toSorted((a, b) => a - b) : all;
        expect(seen, `seed ${seed}, device ${device}`).toEqual(wanted);
      }
    }
  });
});
