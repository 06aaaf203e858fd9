import type { WireError } from "../../protocol/errors.ts";
import { wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { must } from "../../util/assert.ts";
import type { Accepted } from "../stream/page.ts";

/** A message that passed, perhaps changed, or why it did not. */
export type Verdict = { readonly pass: Accepted } | { readonly refuse: WireError };

/** The stage between authorisation and sequencing, for hooks, filters and translation. `undefined`: passes as it is. */
export type GateCheck = (message: Accepted) => undefined | Verdict | Promise<Verdict>;

/** Messages one publisher may have at the gate. */
const QUEUE_MAX = 256;

/**
 * Lets messages through in each publisher's order, however long a check takes. A publisher with nothing at the gate and a
 * check that answers at once is not delayed at all.
 */
export class Gate {
  readonly #check: GateCheck;
  readonly #queues = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, { count: number; lastId: number }>();
  #total = 0;

  constructor(check: GateCheck = () => undefined) {
    this.#check = check;
  }

  /** The last id of a publisher that waits here; 0 if none does. */
  lastId(publisher: string): number {
    return this.#waiting.get(publisher)?.lastId ?? 0;
  }

  /** Calls `done` with the verdict: in this very turn where it can, else in the publisher's order. */
  submit(publisher: string, message: Accepted, done: (verdict: Verdict) => void): void {
    const ahead = this.#queues.get(publisher);
    if (ahead === undefined) {
      const verdict = this.#check(message);
      if (!(verdict instanceof Promise)) {
        done(verdict ?? { pass: message });
        return;
      }
      this.#enqueue(publisher, message, verdict, done);
      return;
    }
    if ((this.#waiting.get(publisher)?.count ?? 0) >= QUEUE_MAX || this.#total >= LIMITS.pendingMessages) {
      done({ refuse: wireError("overloaded", { message: `at most ${QUEUE_MAX} messages of one publisher wait for a check`, limit: QUEUE_MAX }) });
      return;
    }
    this.#enqueue(
      publisher,
      message,
      ahead.then(() => this.#check(message) ?? { pass: message }),
      done,
    );
  }

  #enqueue(publisher: string, { id }: Accepted, verdict: Promise<Verdict>, done: (verdict: Verdict) => void): void {
    this.#waiting.set(publisher, { count: (this.#waiting.get(publisher)?.count ?? 0) + 1, lastId: id });
    this.#total += 1;
    const settled = verdict
      .catch((): Verdict => ({ refuse: wireError("unavailable", { message: "the check of this message failed" }) }))
      .then((outcome) => {
        this.#total -= 1;
        const waiting = must(this.#waiting.get(publisher), "who waits is counted");
        waiting.count -= 1;
        if (waiting.count === 0) {
          this.#waiting.delete(publisher);
          this.#queues.delete(publisher);
        }
        done(outcome);
      });
    this.#queues.set(publisher, settled);
  }
}
