import type { Seated } from "./attendance.ts";

/** Members of a leaf whose requests wait until the hub has them in its list: where rights go by who is there, none may overtake the report. */
export class Introductions {
  /** Whether nobody has to wait for this one: it is known, or gone. One entry per socket at most. */
  readonly #isDone: (member: Seated) => boolean;
  readonly #waiting = new Map<Seated, PromiseWithResolvers<void>>();

  constructor(isDone: (member: Seated) => boolean) {
    this.#isDone = isDone;
  }

  get some(): boolean {
    return this.#waiting.size > 0;
  }

  /** Resolves when the hub knows of it; undefined: it does. */
  of(member: Seated): Promise<void> | undefined {
    if (this.#isDone(member)) return undefined;
    const waiting = this.#waiting.get(member) ?? Promise.withResolvers<void>();
    this.#waiting.set(member, waiting);
    return waiting.promise;
  }

  /** The hub has answered a report. */
  answered(): void {
    for (const [member, { resolve }] of this.#waiting) {
      if (!this.#isDone(member)) continue;
      this.#waiting.delete(member);
      resolve();
    }
  }
}
