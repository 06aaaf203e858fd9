import { fnv1a } from "../../util/fnv1a.ts";

/** A list of members in two numbers: two lists that agree in both are taken for the same. */
export interface Digest {
  readonly count: number;
  /** Undefined: nobody has the list, only how many users are on it. */
  readonly mixed: number | undefined;
}

export const NOBODY: Digest = { count: 0, mixed: 0 };
/** Of some in the list, and so many that are in none. */
export const countOf = (users: number, named: Iterable<Seat> = []): Digest => {
  const { count, mixed } = digestOf(named);
  return { count: users + count, mixed: count === 0 ? undefined : mixed };
};

export interface Seat {
  readonly user: string;
  readonly device: string;
  readonly generation: number;
}

/** Of somebody who sits there, no more than that. */
export const seatOf = ({ user, device, generation }: Seat): Seat => ({ user, device, generation });

/** Counts members in and out. What is counted twice, or out before it is in, shows as a difference to everybody else's sum. */
export class RollSum {
  #count: number;
  #mixed: number;

  constructor({ count, mixed }: Digest = NOBODY) {
    this.#count = count;
    this.#mixed = mixed ?? 0;
  }

  enter(seat: Seat): void {
    this.#count += 1;
    this.#mixed ^= markOf(seat);
  }

  leave(seat: Seat): void {
    this.#count -= 1;
    this.#mixed ^= markOf(seat);
  }

  get digest(): Digest {
    return { count: this.#count, mixed: this.#mixed };
  }
}

export function digestOf(seats: Iterable<Seat>): Digest {
  const sum = new RollSum();
  for (const seat of seats) sum.enter(seat);
  return sum.digest;
}

export const sameDigest = (a: Digest, b: Digest): boolean => a.count === b.count && a.mixed === b.mixed;

const markOf = ({ user, device, generation }: Seat): number => fnv1a(`${generation} ${device} ${user}`) | 0;
