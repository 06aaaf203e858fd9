import type { ChannelStateStore } from "./ports.ts";

/**
 * The part of a large channel's members that stands in no list here: how many users each leaf has. And whether members are told
 * by name who comes and goes: not while anybody is counted, nor for a lease after that. Who moved meanwhile, or was away, came
 * and went unnamed; then a snapshot says who is there, and names mean something again.
 */
export class CountedMembers {
  readonly #state: Pick<ChannelStateStore, "counted" | "setCounted">;
  readonly #users: Map<number, number>;
  #total = 0;
  #namesFrom: number | undefined;
  #named: boolean;
  #changed = false;

  constructor(state: Pick<ChannelStateStore, "counted" | "setCounted">) {
    this.#state = state;
    const kept = state.counted();
    this.#users = new Map(kept?.leaves);
    for (const users of this.#users.values()) this.#total += users;
    this.#namesFrom = kept?.namesFrom;
    this.#named = this.#users.size === 0 && this.#namesFrom === undefined;
  }

  get users(): number {
    return this.#total;
  }

  get some(): boolean {
    return this.#users.size > 0;
  }

  get leaves(): Iterable<readonly [leaf: number, users: number]> {
    return this.#users;
  }

  /** Whether members are told names. */
  get isNamed(): boolean {
    return this.#named;
  }

  get namesFrom(): number | undefined {
    return this.#namesFrom;
  }

  /** Whether anything is to be written. */
  get changed(): boolean {
    return this.#changed;
  }

  set(leaf: number, users: number): void {
    const known = this.#users.get(leaf);
    this.unname();
    if (known === users) return;
    this.#total += users - (known ?? 0);
    this.#users.set(leaf, users);
    this.#changed = true;
  }

  delete(leaf: number): void {
    this.#total -= this.#users.get(leaf) ?? 0;
    if (this.#users.delete(leaf)) this.#changed = true;
  }

  /** From now on nobody is told names. */
  unname(): void {
    if (!this.#named && this.#namesFrom === undefined) return;
    this.#named = false;
    this.#namesFrom = undefined;
    this.#changed = true;
  }

  /** Everybody stands in the list again: when names mean something. */
  nameFrom(at: number): void {
    if (this.#named || this.#namesFrom === at) return;
    this.#namesFrom = at;
    this.#changed = true;
  }

  /** That time has come. */
  name(): void {
    this.#named = true;
    this.#namesFrom = undefined;
    this.#changed = true;
  }

  save(): void {
    if (!this.#changed) return;
    this.#state.setCounted({ leaves: [...this.#users], ...(this.#namesFrom !== undefined && { namesFrom: this.#namesFrom }) });
    this.#changed = false;
  }
}
