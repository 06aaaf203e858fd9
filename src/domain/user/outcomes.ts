import type { MessageName, Outcome } from "./peer-message.ts";

type Ids = Map<number, Outcome>;
type Senders = Map<string, Map<string, Ids>>;

/** Copies up to which equal outcomes are one object: nearly all are. */
const SHARED_COPIES = 4;
const SHARED: readonly Outcome[] = Array.from({ length: SHARED_COPIES ** 2 }, (_, n) => ({
  delivered: Math.floor(n / SHARED_COPIES),
  waiting: n % SHARED_COPIES,
}));

/**
 * What became of messages, by their names: of the newest `bound`, and of up to twice as many. They are many and stay for long, and the
 * collector goes over all that stays: so no key is made for each, and what is alike is one object.
 */
export class Outcomes {
  readonly #bound: number;
  #young: Senders = new Map();
  #old: Senders = new Map();
  #size = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get(name: MessageName): Outcome | undefined {
    return find(this.#young, name) ?? find(this.#old, name);
  }

  set({ from, device, id }: MessageName, outcome: Outcome): void {
    const devices = below(this.#young, from);
    const ids = below(devices, device);
    const before = ids.size;
    ids.set(id, shared(outcome));
    if (ids.size === before) return;
    this.#size += 1;
    if (this.#size < this.#bound) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#size = 0;
  }
}

function below<Key, Inner>(map: Map<string, Map<Key, Inner>>, key: string): Map<Key, Inner> {
  let inner = map.get(key);
  if (inner === undefined) {
    inner = new Map();
    map.set(key, inner);
  }
  return inner;
}

const find = (senders: Senders, { from, device, id }: MessageName): Outcome | undefined => senders.get(from)?.get(device)?.get(id);

function shared(outcome: Outcome): Outcome {
  const { delivered, waiting, duplicate, stored } = outcome;
  if (duplicate !== undefined || stored !== undefined || delivered >= SHARED_COPIES || waiting >= SHARED_COPIES) return outcome;
  return SHARED[delivered * SHARED_COPIES + waiting] ?? outcome;
}
