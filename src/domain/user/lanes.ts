import { type WireError, wireError } from "../../protocol/errors.ts";
import { must } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";

export interface LanePorts<Item, Answer> {
  /** One call to another object; answers in the order of the items. A call after one that failed goes over a fresh stub. */
  send(target: string, items: readonly Item[]): Promise<readonly Answer[]>;
  /** Whether a failed call may be made again, and what to say if not. */
  classify(error: unknown): { readonly retry: boolean; readonly error: WireError };
  /** Waits before the nth repeat, jittered. */
  pause(attempt: number): Promise<void>;
  /** Whether the item was not taken, and may come again. */
  refused?(answer: Answer): boolean;
  /** Whether nothing may overtake this item, and it may overtake nothing. All, if it is not said. */
  keepsOrder?(item: Item): boolean;
  /** A call is over, and all that went with it has its answer. */
  ended?(): void;
}

export interface LaneBounds {
  readonly queuedItems: number;
  readonly queuedBytes: number;
  readonly batchItems: number;
  readonly batchBytes: number;
}

interface Queued<Item, Answer> {
  readonly item: Item;
  readonly bytes: number;
  readonly done: (answer: Result<Answer, WireError>) => void;
}

const ATTEMPTS = 4;

/**
 * Batches per target: one call in flight each, what arrives meanwhile goes with the next. So order is kept, and load makes batches. What
 * waits behind an item that was not taken is not sent: it must not overtake it.
 */
export class Lanes<Item, Answer> {
  readonly #ports: LanePorts<Item, Answer>;
  readonly #bounds: LaneBounds;
  readonly #lanes = new Map<string, Queued<Item, Answer>[]>();
  #items = 0;
  #bytes = 0;

  constructor(ports: LanePorts<Item, Answer>, bounds: LaneBounds) {
    this.#ports = ports;
    this.#bounds = bounds;
  }

  /** Whether a call is under way, or about to be. */
  get busy(): boolean {
    return this.#lanes.size > 0;
  }

  put(target: string, item: Item, bytes: number, done: (answer: Result<Answer, WireError>) => void): void {
    if (this.#items >= this.#bounds.queuedItems || this.#bytes + bytes > this.#bounds.queuedBytes) return done(err(wireError("overloaded")));
    this.#items += 1;
    this.#bytes += bytes;
    const queued = { item, bytes, done };
    const lane = this.#lanes.get(target);
    if (lane !== undefined) {
      lane.push(queued);
      return;
    }
    this.#lanes.set(target, [queued]);
    void this.#run(target);
  }

  async #run(target: string): Promise<void> {
    // The rest of the frame that brought the first item joins its batch.
    await Promise.resolve();
    for (;;) {
      const lane = must(this.#lanes.get(target), "a running lane");
      const batch = this.#takeBatch(lane);
      const answers = await this.#attempt(
        target,
        batch.map(({ item }) => item),
      );
      for (const [index, queued] of batch.entries()) {
        const answer = answers.ok ? answers.value[index] : undefined;
        if (!answers.ok) this.#done(queued, answers);
        else this.#done(queued, answer === undefined ? err(wireError("internal")) : ok(answer));
      }
      if (this.#isStopped(batch, answers)) this.#holdBack(lane);
      if (lane.length === 0) break;
      this.#ports.ended?.();
    }
    this.#lanes.delete(target);
    this.#ports.ended?.();
  }

  /** What must not overtake the one that failed. */
  #holdBack(lane: Queued<Item, Answer>[]): void {
    for (const queued of lane.splice(0)) {
      if (this.#keepsOrder(queued)) this.#done(queued, err(wireError("out_of_turn")));
      else lane.push(queued);
    }
  }

  #keepsOrder({ item }: Queued<Item, Answer>): boolean {
    return this.#ports.keepsOrder?.(item) ?? true;
  }

  #done({ bytes, done }: Queued<Item, Answer>, answer: Result<Answer, WireError>): void {
    this.#items -= 1;
    this.#bytes -= bytes;
    done(answer);
  }

  #isStopped(batch: readonly Queued<Item, Answer>[], answers: Result<readonly Answer[], WireError>): boolean {
    if (!answers.ok) return batch.some((queued) => this.#keepsOrder(queued));
    const { refused } = this.#ports;
    return refused !== undefined && answers.value.some((answer) => refused(answer));
  }

  #takeBatch(lane: Queued<Item, Answer>[]): Queued<Item, Answer>[] {
    let bytes = 0;
    let count = 0;
    for (const queued of lane) {
      if (count > 0 && (count >= this.#bounds.batchItems || bytes + queued.bytes > this.#bounds.batchBytes)) break;
      bytes += queued.bytes;
      count += 1;
    }
    return lane.splice(0, count);
  }

  async #attempt(target: string, items: readonly Item[]): Promise<Result<readonly Answer[], WireError>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return ok(await this.#ports.send(target, items));
      } catch (error) {
        const failure = this.#ports.classify(error);
        if (!failure.retry || attempt >= ATTEMPTS) return err(failure.error);
        await this.#ports.pause(attempt);
      }
    }
  }
}
