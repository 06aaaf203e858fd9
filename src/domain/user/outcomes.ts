import type { DeviceId, UserId } from "../../protocol/names.ts";
import type { MessageName, Outcome } from "./peer-message.ts";

/** Of one device. */
interface Sender {
  /** No id above this one is known: what is new is told from what is known without a look. */
  highest: number;
  young: Map<number, Outcome>;
  old: Map<number, Outcome>;
}

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
  readonly #users = new Map<UserId, Map<DeviceId, Sender>>();
  #size = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get({ from, device, id }: MessageName): Outcome | undefined {
    const sender = this.#users.get(from)?.get(device);
    if (sender === undefined || id > sender.highest) return undefined;
    return sender.young.get(id) ?? sender.old.get(id);
  }

  set({ from, device, id }: MessageName, outcome: Outcome): void {
    const sender = this.#sender(from, device);
    const before = sender.young.size;
    sender.young.set(id, shared(outcome));
    sender.highest = Math.max(sender.highest, id);
    this.#size += sender.young.size - before;
    if (this.#size >= this.#bound) this.#turnOver();
  }

  #sender(from: UserId, device: DeviceId): Sender {
    let devices = this.#users.get(from);
    if (devices === undefined) {
      devices = new Map();
      this.#users.set(from, devices);
    }
    let sender = devices.get(device);
    if (sender === undefined) {
      sender = { highest: 0, young: new Map(), old: new Map() };
      devices.set(device, sender);
    }
    return sender;
  }

  #turnOver(): void {
    this.#size = 0;
    for (const [user, devices] of this.#users) {
      for (const [device, sender] of devices) {
        sender.old = sender.young;
        sender.young = new Map();
        if (sender.old.size === 0) devices.delete(device);
      }
      if (devices.size === 0) this.#users.delete(user);
    }
  }
}

function shared(outcome: Outcome): Outcome {
  const { delivered, waiting, duplicate, stored } = outcome;
  if (duplicate !== undefined || stored !== undefined || delivered >= SHARED_COPIES || waiting >= SHARED_COPIES) return outcome;
  return SHARED[delivered * SHARED_COPIES + waiting] ?? outcome;
}
