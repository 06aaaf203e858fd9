import type { Violation } from "../invariant.ts";

/** A run that is broken is broken in thousands of ways that are one: so many are told in full. */
const TOLD = 20;

/** Collects what is wrong under one rule. */
export class Found {
  readonly #rule: string;
  readonly #told: Violation[] = [];
  #more = 0;

  constructor(rule: string) {
    this.#rule = rule;
  }

  add(what: string, at?: number): void {
    if (this.#told.length < TOLD) this.#told.push({ rule: this.#rule, what, ...(at !== undefined && { at }) });
    else this.#more += 1;
  }

  get count(): number {
    return this.#told.length + this.#more;
  }

  list(): readonly Violation[] {
    return this.#more === 0 ? this.#told : [...this.#told, { rule: this.#rule, what: `and ${this.#more} more like these` }];
  }
}
