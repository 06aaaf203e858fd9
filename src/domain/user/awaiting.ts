import type { UserId } from "../../protocol/names.ts";
import type { Outcome, Settlement } from "./peer-message.ts";

/** What becomes of a message, or that nobody has said so in time. */
export type Word = Outcome | "timeout";

interface Entry {
  readonly to: UserId;
  done: (word: Word) => void;
  delivered: number;
  /** Known once the receiver's object has answered; its later word may overtake that answer. */
  pending?: { readonly copies: number; readonly waiting: number; readonly since: number };
}

/** Messages of this object's user that are under way: each waits for the receiver's word, or for the time-out. */
export class Awaiting {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** `done` is called once, at once when the word comes: a promise for each message would cost more than the message. */
  open(key: string, to: UserId, done: (word: Word) => void): void {
    this.#entries.set(key, { to, done, delivered: 0 });
  }

  /** Somebody else waits for the same. */
  join(key: string, done: (word: Word) => void): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const first = entry.done;
    entry.done = (word) => {
      first(word);
      done(word);
    };
  }

  close(key: string): void {
    this.#entries.delete(key);
  }

  /** Copies are with the receiver's devices. */
  pending(key: string, copies: number, waiting: number, now: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    // To the end: entries with a time stand in order of time.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.pending = { copies, waiting, since: now };
    this.#checkComplete(key, entry);
  }

  /** False when nobody waits for this one here. Only the user it was sent to can settle a message: ids are easy to guess. */
  settle(key: string, by: UserId, { delivered, waiting, final }: Pick<Settlement, "delivered" | "waiting" | "final">): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.to !== by) return false;
    if (final) this.#finish(key, entry, { delivered, waiting });
    else {
      entry.delivered += delivered;
      this.#checkComplete(key, entry);
    }
    return true;
  }

  expire(before: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.pending !== undefined && entry.pending.since <= before) this.#finish(key, entry, "timeout");
    }
  }

  /** Since when the oldest one waits. */
  oldest(): number | undefined {
    for (const { pending } of this.#entries.values()) if (pending !== undefined) return pending.since;
    return undefined;
  }

  #checkComplete(key: string, entry: Entry): void {
    const { pending, delivered } = entry;
    if (pending !== undefined && delivered >= pending.copies) this.#finish(key, entry, { delivered, waiting: pending.waiting });
  }

  #finish(key: string, entry: Entry, word: Word): void {
    this.#entries.delete(key);
    entry.done(word);
  }
}
