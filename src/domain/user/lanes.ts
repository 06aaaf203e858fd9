import { type WireError, wireError } from "../../protocol/errors.ts";
import { err, ok, type Result } from "../../util/result.ts";

export interface LanePorts<Item, Answer, Rider = never> {
  /** One call to another object; answers in the order of the items. A call after one that failed goes over a fresh stub. */
  send(target: string, items: readonly Item[], riders: readonly Rider[]): Promise<readonly Answer[]>;
  /** Whether a failed call may be made again, and what to say if not. */
  classify(error: unknown): { readonly retry: boolean; readonly error: WireError };
  /** Waits before the nth repeat, jittered. */
  pause(attempt: number): Promise<void>;
  /** Whether the item was not taken, and may come again. */
  refused?(answer: Answer): boolean;
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

interface Lane<Item, Answer, Rider> {
  readonly target: string;
  queued: Queued<Item, Answer>[];
  riders: Rider[];
}

interface Call<Item, Answer, Rider> {
  readonly lane: Lane<Item, Answer, Rider>;
  readonly batch: readonly Queued<Item, Answer>[];
  readonly items: readonly Item[];
  readonly riders: readonly Rider[];
}

const ATTEMPTS = 4;

/**
 * Batches per target: one call in flight each, what arrives meanwhile goes with the next. So order is kept, and load makes batches. What
 * waits behind an item that was not taken is not sent: it must not overtake it. Riders have no order and no answer: they go along with
 * the next call, alone if there is none, and are lost where it fails for good.
 */
export class Lanes<Item, Answer, Rider = never> {
  readonly #ports: LanePorts<Item, Answer, Rider>;
  readonly #bounds: LaneBounds;
  readonly #lanes = new Map<string, Lane<Item, Answer, Rider>>();
  #items = 0;
  #bytes = 0;

  constructor(ports: LanePorts<Item, Answer, Rider>, bounds: LaneBounds) {
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
    this.#lane(target).queued.push({ item, bytes, done });
  }

  /** False: there are too many. */
  ride(target: string, rider: Rider): boolean {
    const { riders } = this.#lane(target);
    if (riders.length >= this.#bounds.queuedItems) return false;
    riders.push(rider);
    return true;
  }

  #lane(target: string): Lane<Item, Answer, Rider> {
    const known = this.#lanes.get(target);
    if (known !== undefined) return known;
    const lane = { target, queued: [], riders: [] };
    this.#lanes.set(target, lane);
    // The rest of the frame that brought the first item joins its batch.
    void Promise.resolve().then(() => this.#next(lane));
    return lane;
  }

  #next(lane: Lane<Item, Answer, Rider>): void {
    const batch = this.#takeBatch(lane);
    const { riders } = lane;
    lane.riders = [];
    if (batch.length > 0 || riders.length > 0) return this.#attempt({ lane, batch, items: batch.map(({ item }) => item), riders }, 1);
    this.#lanes.delete(lane.target);
    this.#ports.ended?.();
  }

  // By callbacks: of promises, one inside the other, each costs more than what it brings.
  #attempt(call: Call<Item, Answer, Rider>, attempt: number): void {
    const failed = (error: unknown) => this.#failed(call, attempt, error);
    try {
      this.#ports.send(call.lane.target, call.items, call.riders).then((answers) => this.#answered(call, answers), failed);
    } catch (error) {
      failed(error);
    }
  }

  #answered({ lane, batch }: Call<Item, Answer, Rider>, answers: readonly Answer[]): void {
    const { refused } = this.#ports;
    let stopped = false;
    for (const [index, queued] of batch.entries()) {
      const answer = answers[index];
      if (answer !== undefined && refused?.(answer) === true) stopped = true;
      this.#done(queued, answer === undefined ? err(wireError("internal")) : ok(answer));
    }
    if (stopped) this.#holdBack(lane);
    this.#next(lane);
  }

  #failed(call: Call<Item, Answer, Rider>, attempt: number, error: unknown): void {
    const failure = this.#ports.classify(error);
    if (failure.retry && attempt < ATTEMPTS) return void this.#ports.pause(attempt).then(() => this.#attempt(call, attempt + 1));
    for (const queued of call.batch) this.#done(queued, err(failure.error));
    // Riders alone keep nothing back.
    if (call.batch.length > 0) this.#holdBack(call.lane);
    this.#next(call.lane);
  }

  /** What must not overtake the one that failed. */
  #holdBack(lane: Lane<Item, Answer, Rider>): void {
    const { queued } = lane;
    lane.queued = [];
    for (const each of queued) this.#done(each, err(wireError("out_of_turn")));
  }

  #done({ bytes, done }: Queued<Item, Answer>, answer: Result<Answer, WireError>): void {
    this.#items -= 1;
    this.#bytes -= bytes;
    try {
      done(answer);
    } catch (error) {
      // Whoever asked is at fault: those behind are not to wait for ever.
      void Promise.reject(error);
    }
  }

  #takeBatch(lane: Lane<Item, Answer, Rider>): Queued<Item, Answer>[] {
    const { queued } = lane;
    let bytes = 0;
    let count = 0;
    for (const each of queued) {
      if (count > 0 && (count >= this.#bounds.batchItems || bytes + each.bytes > this.#bounds.batchBytes)) break;
      bytes += each.bytes;
      count += 1;
    }
    if (count < queued.length) return queued.splice(0, count);
    lane.queued = [];
    return queued;
  }
}
