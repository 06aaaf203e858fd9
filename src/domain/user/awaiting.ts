import type { UserId } from "../../protocol/names.ts";
import type { Outcome, Settlement } from "./peer-message.ts";

interface Entry {
  readonly to: UserId;
  readonly settled: Promise<Outcome | "timeout">;
  readonly done: (outcome: Outcome | "timeout") => void;
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

  /** The outcome to come of one that is under way. */
  find(key: string): Promise<Outcome | "timeout"> | undefined {
    return this.#entries.get(key)?.settled;
  }

  open(key: string, to: UserId): Promise<Outcome | "timeout"> {
    const { promise: settled, resolve: done } = Promise.withResolvers<Outcome | "timeout">();
    this.#entries.set(key, { to, settled, done, delivered: 0 });
    return settled;
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
  settle(key: string, by: UserId, { delivered, waiting, final }: Settlement): boolean {
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

  #checkComplete(key: string, { pending, delivered }: Entry): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && pending !== undefined && delivered >= pending.copies) this.#finish(key, entry, { delivered, waiting: pending.waiting });
  }

  #finish(key: string, entry: Entry, outcome: Outcome | "timeout"): void {
    this.#entries.delete(key);
    entry.done(outcome);
  }
}
