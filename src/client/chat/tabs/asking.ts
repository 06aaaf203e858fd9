import { handled } from "../port.ts";
import { type Asks, errorOf, type Fault, REPEATABLE } from "./wire.ts";

interface Asked {
  readonly what: keyof Asks;
  readonly facts: Asks[keyof Asks];
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const GONE: Fault = { message: "the tab that held the connection is gone", code: "timeout", retry: "later", retryAfterMs: 100 };

/** More than a tab has under way unless something is wrong. */
const ASKS_MAX = 1_000;

/** What a tab has asked of the one that leads, and has no answer to. */
export class Asking {
  readonly #post: (id: number, what: keyof Asks, facts: Asks[keyof Asks]) => void;
  readonly #open = new Map<number, Asked>();
  #ids = 0;
  #led = false;

  constructor(post: (id: number, what: keyof Asks, facts: Asks[keyof Asks]) => void) {
    this.#post = post;
  }

  get open(): number {
    return this.#open.size;
  }

  ask<What extends keyof Asks>(what: What, facts: Asks[What]): Promise<unknown> {
    if (this.#open.size >= ASKS_MAX || (!this.#led && !REPEATABLE.has(what))) return handled(Promise.reject(errorOf(GONE)));
    return handled(
      new Promise((resolve, reject) => {
        const id = ++this.#ids;
        this.#open.set(id, { what, facts, resolve, reject });
        // Without anybody to ask it waits for who leads next.
        if (this.#led) this.#post(id, what, facts);
      }),
    );
  }

  answered(id: number, value: unknown, fault: Fault | undefined): void {
    const asked = this.#open.get(id);
    this.#open.delete(id);
    if (fault === undefined) asked?.resolve(value);
    else asked?.reject(errorOf(fault));
  }

  /** Another tab leads now: whether it was done nobody knows, so what may be done twice is asked again. */
  led(): void {
    this.#led = true;
    for (const [id, { what, facts, reject }] of this.#open) {
      if (REPEATABLE.has(what)) this.#post(id, what, facts);
      else {
        this.#open.delete(id);
        reject(errorOf(GONE));
      }
    }
  }

  /** This tab leads: it does itself what it has asked. */
  doOneself(run: (what: keyof Asks, facts: Asks[keyof Asks]) => Promise<unknown>): void {
    for (const [id, { what, facts, resolve, reject }] of [...this.#open]) {
      this.#open.delete(id);
      if (REPEATABLE.has(what)) run(what, facts).then(resolve, reject);
      else reject(errorOf(GONE));
    }
  }

  close(): void {
    for (const { reject } of this.#open.values()) reject(errorOf({ message: "the chats are closed" }));
    this.#open.clear();
  }
}
