/** What is planned, by time; of one moment, in the order it was planned. */
export class Agenda {
  readonly #heap: Planned[] = [];
  #planned = 0;

  get size(): number {
    return this.#heap.length;
  }

  get nextAt(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  add(at: number, run: () => void): Planned {
    const planned = { at, turn: this.#planned++, run, off: false };
    const heap = this.#heap;
    let index = heap.push(planned) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Planned;
      if (!isBefore(planned, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = planned;
    return planned;
  }

  take(): Planned | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = heap[child];
      if (left === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, left)) child += 1;
      const lower = heap[child] as Planned;
      if (!isBefore(lower, last)) break;
      heap[index] = lower;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

export interface Planned {
  readonly at: number;
  readonly turn: number;
  readonly run: () => void;
  /** Called off. */
  off: boolean;
}

const isBefore = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.turn < b.turn);
