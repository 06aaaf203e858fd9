import { createHash } from "node:crypto";
import { randomFrom } from "../../support/random.ts";

interface Planned {
  readonly at: number;
  /** Among those of one moment. */
  readonly turn: number;
  readonly label: string;
  readonly run: () => void;
  off: boolean;
}

/** Lets everything that was promised so far happen. Nothing in the simulation waits for anything but promises. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Everything that happens is an event of this queue, and its randomness comes from one seed: two runs of a seed are one. */
export class Scheduler {
  readonly #seed: number;
  readonly #heap: Planned[] = [];
  readonly #hash = createHash("sha256");
  readonly #turns: () => number;
  #trace: string[] | undefined;
  #now = 0;
  #events = 0;

  constructor(seed: number, traced = false) {
    this.#seed = seed;
    this.#turns = this.stream("turns");
    this.#trace = traced ? [] : undefined;
  }

  /** Ms since the run began; no clock of any machine. */
  get now(): number {
    return this.#now;
  }

  get events(): number {
    return this.#events;
  }

  /** Numbers for one purpose: what one part draws does not change what another one gets. */
  stream(purpose: string): () => number {
    return randomFrom(createHash("sha256").update(`${this.#seed} ${purpose}`).digest().readUInt32LE());
  }

  /** Returns the function that calls it off. */
  after(ms: number, label: string, run: () => void): () => void {
    const planned: Planned = { at: this.#now + Math.max(0, ms), turn: this.#turns(), label, run, off: false };
    this.#push(planned);
    return () => {
      planned.off = true;
    };
  }

  /** Notes what is no event of its own and yet must be the same in both runs. */
  note(what: string): void {
    this.#hash.update(what);
    this.#trace?.push(`${this.#now.toFixed(3)} . ${what}`);
  }

  /** Runs all events up to a moment, which it is then. */
  async runUntil(until: number, stop: () => boolean = () => false): Promise<void> {
    await settled();
    for (let next = this.#heap[0]; next !== undefined && next.at <= until && !stop(); next = this.#heap[0]) {
      this.#pop();
      if (next.off) continue;
      this.#now = next.at;
      this.#events += 1;
      this.#hash.update(`${next.at} ${next.label}\n`);
      this.#trace?.push(`${next.at.toFixed(3)} ${next.label}`);
      next.run();
      await settled();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Of everything that has happened. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  /** Only where the run is traced. */
  get trace(): readonly string[] {
    return this.#trace ?? [];
  }

  #push(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(planned, heap[parent] as Planned)) break;
      heap[at] = heap[parent] as Planned;
      at = parent;
    }
    heap[at] = planned;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned)) child += 1;
      if (!isBefore(heap[child] as Planned, last)) break;
      heap[at] = heap[child] as Planned;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.turn < b.turn);
