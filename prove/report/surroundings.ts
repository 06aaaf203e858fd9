import type { Violation } from "../check/invariant.ts";
import type { RunEvent } from "../record/event.ts";

/** What is shown around a violation, before it and after it each. */
const EVENTS = 8;
/** Violations that are shown with what was around them. */
const SHOWN = 24;

/** Of the devices and writers that a violation speaks of, the last events before it and the first after; and faults. */
export class Surroundings {
  readonly #shown: readonly { readonly violation: Violation; readonly before: RunEvent[]; readonly after: RunEvent[] }[];

  constructor(violations: readonly Violation[]) {
    this.#shown = violations
      .filter(({ at }) => at !== undefined)
      .slice(0, SHOWN)
      .map((violation) => ({ violation, before: [], after: [] }));
  }

  see(event: RunEvent): void {
    for (const { violation, before, after } of this.#shown) {
      if (after.length === EVENTS || !concerns(event, violation)) continue;
      if (event.at > (violation.at ?? 0)) after.push(event);
      else if (before.push(event) > EVENTS) before.shift();
    }
  }

  of(violation: Violation): readonly RunEvent[] {
    const shown = this.#shown.find((one) => one.violation === violation);
    return shown === undefined ? [] : [...shown.before, ...shown.after];
  }
}

function concerns(event: RunEvent, { what }: Violation): boolean {
  if (event.is === "fault" || event.is === "calm") return true;
  if ("writer" in event && what.includes(`${event.writer} ${event.n}`)) return true;
  // Of a device's own life, not what it hears of others: there would be nothing else.
  return "device" in event && what.includes(event.device) && !("writer" in event);
}
