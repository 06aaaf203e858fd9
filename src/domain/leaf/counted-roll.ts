import { deviceKey } from "../channel/members.ts";
import type { Subscriber } from "../channel/ports.ts";
import type { CountedReport } from "./messages.ts";
import { countOf, type Digest, type Seat, seatOf } from "./roll.ts";

/** Kept up with each that comes or goes: to go through everybody each time would cost a large leaf more than the join itself. */
class Here {
  /** Devices of those who are only counted, and how many each of them has. */
  readonly #devices = new Set<string>();
  readonly #users = new Map<string, number>();
  /** Of those who are known by name. */
  readonly named = new Map<string, Seat>();
  readonly #names: ReadonlySet<string>;

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  get users(): number {
    return this.#users.size;
  }

  /** A device that comes again takes its own place. */
  add(seat: Seat): void {
    const { user, device } = seat;
    const key = deviceKey(user, device);
    if (this.#names.has(user)) this.named.set(key, seatOf(seat));
    else if (!this.#devices.has(key)) {
      this.#devices.add(key);
      this.#users.set(user, (this.#users.get(user) ?? 0) + 1);
    }
  }

  remove({ user, device }: Seat): void {
    const key = deviceKey(user, device);
    this.named.delete(key);
    if (!this.#devices.delete(key)) return;
    const rest = (this.#users.get(user) ?? 1) - 1;
    if (rest > 0) this.#users.set(user, rest);
    else this.#users.delete(user);
  }
}

/**
 * A leaf's members where they are counted: how many there are, and by name only those whom the hub has to know, as who owns what
 * goes with its owner. Where the channel looks at who comes, each is named once, at the door.
 */
export class CountedRoll {
  readonly #everybody: () => Iterable<Subscriber>;
  readonly #looksAtWhoComes: boolean;
  #names: ReadonlySet<string> = new Set();
  #namedBy: number | undefined;
  /** Undefined: nobody has looked since others are known by name. */
  #here: Here | undefined;
  /** Bounded by the sockets there are. */
  readonly #came = new Set<string>();
  readonly #left = new Map<string, Seat>();

  constructor(everybody: () => Iterable<Subscriber>, looksAtWhoComes: boolean) {
    this.#everybody = everybody;
    this.#looksAtWhoComes = looksAtWhoComes;
  }

  /** These are known by name from now on. False: they were before, by that very list. */
  name(names: readonly string[], by: number | undefined): boolean {
    if (by === this.#namedBy) return false;
    this.#names = new Set(names);
    this.#namedBy = by;
    this.#here = undefined;
    return true;
  }

  /** The hub gets the whole: everybody has come, as far as it knows. */
  begin(): void {
    this.#here = undefined;
    this.#left.clear();
    if (this.#looksAtWhoComes) for (const { user } of this.#everybody()) this.#came.add(user);
  }

  came(seat: Seat): void {
    this.#here?.add(seat);
    if (this.#looksAtWhoComes) this.#came.add(seat.user);
  }

  went(seat: Seat, gone: "lost" | "left"): void {
    this.#here?.remove(seat);
    if (gone === "left" && this.#names.has(seat.user)) this.#left.set(deviceKey(seat.user, seat.device), seatOf(seat));
  }

  get digest(): Digest {
    const { users, named } = this.#now();
    return countOf(users, named.values());
  }

  /** Whether there is something to tell besides a number. */
  get hasNews(): boolean {
    return this.#came.size > 0;
  }

  report(no: number): CountedReport {
    const { users, named } = this.#now();
    const left = [...this.#left].flatMap(([key, seat]) => (named.has(key) ? [] : [seat]));
    const came = [...this.#came];
    this.#left.clear();
    this.#came.clear();
    return {
      no,
      users,
      ...(named.size > 0 && { named: [...named.values()] }),
      ...(this.#namedBy !== undefined && { namedBy: this.#namedBy }),
      ...(left.length > 0 && { left }),
      ...(came.length > 0 && { came }),
    };
  }

  #now(): Here {
    if (this.#here !== undefined) return this.#here;
    this.#here = new Here(this.#names);
    for (const seat of this.#everybody()) this.#here.add(seat);
    return this.#here;
  }
}
