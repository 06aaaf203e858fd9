import type { FanOutPlan } from "../channel/relay-plan.ts";

/** With n leaves each reports every 2n ms: five hundred reports a second in all, half of what an object is let. */
const MS_PER_LEAF = 2;
/** A number may be older than a name: half as many calls, which are what a large channel costs. */
const MS_PER_LEAF_COUNTED = 4;
/** An object with a timer is awake, and is paid for. Where the wait is longer, what comes next carries the report: a push, a member, the alarm. */
const TIMER_MAX_MS = 250;

/** When a leaf may next report who came and went: in a large channel, with others. */
export class ReportClock {
  readonly #now: () => number;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #timed = false;

  constructor(now: () => number) {
    this.#now = now;
  }

  reported(): void {
    this.#reportedAt = this.#now();
  }

  /** How long a report has to wait; 0 also where the clock was set back. */
  waitMs({ leaves, counted }: FanOutPlan): number {
    const sinceMs = this.#now() - this.#reportedAt;
    return sinceMs < 0 ? 0 : Math.max(0, leaves * (counted === true ? MS_PER_LEAF_COUNTED : MS_PER_LEAF) - sinceMs);
  }

  /** Begins to wait, by a timer of so many ms; undefined: one runs, or none is worth its price. */
  begin(plan: FanOutPlan): number | undefined {
    const waitMs = this.waitMs(plan);
    if (this.#timed || waitMs > TIMER_MAX_MS) return undefined;
    this.#timed = true;
    return waitMs;
  }

  /** The timer has come. */
  end(): void {
    this.#timed = false;
  }
}
