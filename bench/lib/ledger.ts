import type { Histogram } from "./histogram.ts";

export class DeliveryError extends Error {
  override name = "DeliveryError";
}

export interface LedgerOptions {
  readonly members: number;
  readonly publishers: number;
  /** Messages of one publisher that not everybody has yet, at most. */
  readonly window: number;
  /** Called when the last member has got a message of this publisher. */
  readonly onComplete: (publisher: number) => void;
  /** Microseconds from publish to each delivery. */
  readonly latency: Histogram;
  /** The same for the publishers' own copies alone, where the publishers are the first of the members. */
  readonly echo?: Histogram | undefined;
}

/**
 * What was published in one channel, and who has it. Every member must get every publisher's messages once and in order;
 * the first one that does not ends the run, because a figure of a server that loses messages means nothing.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  /** Next number expected, per member and publisher. */
  readonly #expected: Uint32Array;
  readonly #published: Uint32Array;
  readonly #completed: Uint32Array;
  /** Per publisher a ring of its outstanding messages: when sent, and how many members lack it. */
  readonly #sentAt: Float64Array;
  readonly #lacking: Uint32Array;
  #delivered = 0;

  constructor(options: LedgerOptions) {
    const { members, publishers, window } = options;
    this.#options = options;
    this.#expected = new Uint32Array(members * publishers);
    this.#published = new Uint32Array(publishers);
    this.#completed = new Uint32Array(publishers);
    this.#sentAt = new Float64Array(publishers * window);
    this.#lacking = new Uint32Array(publishers * window);
  }

  get delivered(): number {
    return this.#delivered;
  }

  get published(): number {
    return this.#published.reduce((sum, count) => sum + count, 0);
  }

  get outstanding(): number {
    return this.published - this.#completed.reduce((sum, count) => sum + count, 0);
  }

  /** Whether the publisher may publish once more. */
  hasRoom(publisher: number): boolean {
    return (this.#published[publisher] ?? 0) - (this.#completed[publisher] ?? 0) < this.#options.window;
  }

  /** Takes the publisher's next number. */
  publish(publisher: number, nowMs: number): number {
    const { window, members } = this.#options;
    const number = this.#published[publisher] ?? 0;
    if (!this.hasRoom(publisher)) throw new Error(`publisher ${publisher} has ${window} messages outstanding already`);
    this.#published[publisher] = number + 1;
    const slot = publisher * window + (number % window);
    this.#sentAt[slot] = nowMs;
    this.#lacking[slot] = members;
    return number;
  }

  deliver(member: number, publisher: number, number: number, nowMs: number): void {
    const { publishers, window, latency, echo, onComplete } = this.#options;
    const expected = member < this.#options.members && publisher < publishers ? this.#expected[member * publishers + publisher] : undefined;
    if (expected === undefined) throw new DeliveryError(`member ${member} got a message of publisher ${publisher}, who is not one of ${publishers}`);
    if (number !== expected) throw new DeliveryError(this.#violation(member, publisher, number, expected));
    if (number >= (this.#published[publisher] ?? 0)) throw new DeliveryError(`member ${member} got ${publisher}.${number}, which was never published`);
    this.#expected[member * publishers + publisher] = number + 1;
    this.#delivered += 1;
    const slot = publisher * window + (number % window);
    const tookUs = (nowMs - (this.#sentAt[slot] ?? nowMs)) * 1000;
    latency.record(tookUs);
    if (member === publisher) echo?.record(tookUs);
    const lacking = (this.#lacking[slot] ?? 0) - 1;
    this.#lacking[slot] = lacking;
    if (lacking > 0) return;
    this.#completed[publisher] = number + 1;
    onComplete(publisher);
  }

  /** After all have been quiet: throws if anything published is still missing somewhere. */
  assertComplete(): void {
    if (this.outstanding === 0) return;
    const { members, publishers } = this.#options;
    const missing = this.published * members - this.#delivered;
    const behind = this.#expected.findIndex((next, index) => next < (this.#published[index % publishers] ?? 0));
    throw new DeliveryError(`${missing} deliveries are missing; the first, at member ${Math.floor(behind / publishers)} from publisher ${behind % publishers}`);
  }

  #violation(member: number, publisher: number, number: number, expected: number): string {
    const what = number < expected ? "a duplicate" : "out of order, or after a loss";
    return `member ${member} got ${publisher}.${number}, ${what}: ${publisher}.${expected} was next`;
  }
}
