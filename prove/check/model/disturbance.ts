import type { RunEvent } from "../../record/event.ts";

/** Faults under which who is silent is gone at once; under all others each side may take the other for lost, or hear it late. */
const SERVICE_ALONE = /^(kill|evict|restart|deploy|start)/;

/** When something was done last, so that a judge can tell whether a promise had the conditions it needs. */
export class Disturbance {
  #anyUntil = Number.NEGATIVE_INFINITY;
  #otherUntil = Number.NEGATIVE_INFINITY;

  see(event: RunEvent): void {
    if (event.is !== "fault") return;
    const until = event.until ?? event.at;
    this.#anyUntil = Math.max(this.#anyUntil, until);
    if (!SERVICE_ALONE.test(event.name)) this.#otherUntil = Math.max(this.#otherUntil, until);
  }

  /** Whether nothing at all was done for so long. */
  quiet(at: number, ms: number): boolean {
    return at - this.#anyUntil >= ms;
  }

  /** Whether at most the service itself came and went for so long. */
  serviceOnly(at: number, ms: number): boolean {
    return at - this.#otherUntil >= ms;
  }
}
