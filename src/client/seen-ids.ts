interface Sender {
  /** Everything up to here counts as seen. */
  floor: number;
  readonly recent: Set<number>;
}

/**
 * Which ids have come from whom, in bounded memory: of each sender the latest ids, so that one that comes late by another
 * path still counts as new, and below them a floor. Senders not heard of for longest are forgotten first.
 */
export class SeenIds {
  readonly #senders = new Map<string, Sender>();
  readonly #sendersMax: number;
  readonly #idsMax: number;

  constructor(sendersMax: number, idsMax: number) {
    this.#sendersMax = sendersMax;
    this.#idsMax = idsMax;
  }

  /** True the first time. */
  isNew(sender: string, id: number): boolean {
    const known = this.#touch(sender);
    if (id <= known.floor || known.recent.has(id)) return false;
    known.recent.add(id);
    if (known.recent.size > this.#idsMax) {
      known.floor = Math.min(...known.recent);
      known.recent.delete(known.floor);
    }
    return true;
  }

  #touch(sender: string): Sender {
    const known = this.#senders.get(sender) ?? { floor: 0, recent: new Set() };
    // Last in the map is latest.
    this.#senders.delete(sender);
    this.#senders.set(sender, known);
    if (this.#senders.size > this.#sendersMax) {
      for (const oldest of this.#senders.keys()) {
        this.#senders.delete(oldest);
        break;
      }
    }
    return known;
  }
}
