import type { Outcome, Settlement } from "./peer-message.ts";

interface Entry {
  readonly copies: number;
  readonly waiting: number;
  readonly since: number;
  delivered: number;
  readonly done: (outcome: Outcome | "timeout") => void;
}

/** Messages of this object's users that were answered `pending`: each waits for the receiver's word, or for the time-out. */
export class Awaiting {
  readonly #entries = new Map<string, Entry>();

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  wait(key: string, { copies, waiting }: { copies: number; waiting: number }, now: number): Promise<Outcome | "timeout"> {
    return new Promise((done) => this.#entries.set(key, { copies, waiting, since: now, delivered: 0, done }));
  }

  /** False when nobody waits for this one here. */
  settle(key: string, { delivered, waiting, final }: Settlement): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    entry.delivered += delivered;
    if (!final && entry.delivered < entry.copies) return true;
    this.#entries.delete(key);
    entry.done(final ? { delivered, waiting } : { delivered: entry.delivered, waiting: entry.waiting });
    return true;
  }

  /** Entries are in order of time. */
  expire(before: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.since > before) return;
      this.#entries.delete(key);
      entry.done("timeout");
    }
  }

  oldest(): number | undefined {
    return this.#entries.values().next().value?.since;
  }
}
