import { deviceKey } from "../channel/members.ts";
import type { Subscriber } from "../channel/ports.ts";
import type { CountedReport } from "./messages.ts";
import { countOf, type Digest, type Seat } from "./roll.ts";

interface Here {
  readonly users: number;
  /** Of those who are known by name. */
  readonly named: ReadonlyMap<string, Seat>;
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
  /** Undefined: somebody came or went since. */
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

  came(user: string): void {
    this.#here = undefined;
    if (this.#looksAtWhoComes) this.#came.add(user);
  }

  went({ user, device, generation }: Seat, gone: "lost" | "left"): void {
    this.#here = undefined;
    if (gone === "left" && this.#names.has(user)) this.#left.set(deviceKey(user, device), { user, device, generation });
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
    const users = new Set<string>();
    const named = new Map<string, Seat>();
    for (const { user, device, generation } of this.#everybody()) {
      if (this.#names.has(user)) named.set(deviceKey(user, device), { user, device, generation });
      else users.add(user);
    }
    this.#here = { users: users.size, named };
    return this.#here;
  }
}
