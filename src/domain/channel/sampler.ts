import { LIMITS } from "../../protocol/limits.ts";

/**
 * How often a key may be updated: once in each tick. A tick begins with an update and lasts as long as the option says; what
 * comes a second time within it waits for its end, when the next tick begins with all that waited, in one frame.
 */
export class Sampler {
  readonly #updated = new Set<string>();
  #endsAt = Number.NEGATIVE_INFINITY;

  /** When the tick that runs is over. */
  get endsAt(): number {
    return this.#endsAt;
  }

  /** Whether an update of this key may go now. `everyMs`: the length of a tick. */
  pass(key: string, now: number, everyMs: number): boolean {
    if (this.isOver(now, everyMs)) this.begin(now, everyMs);
    // Keys beyond the bound wait, too: they go with the next tick.
    if (this.#updated.has(key) || this.#updated.size >= LIMITS.sampledKeys) return false;
    this.#updated.add(key);
    return true;
  }

  /** Also where the clock was set back since it began. */
  isOver(now: number, everyMs: number): boolean {
    return now >= this.#endsAt || now < this.#endsAt - everyMs;
  }

  begin(now: number, everyMs: number): void {
    this.#updated.clear();
    this.#endsAt = now + everyMs;
  }
}
