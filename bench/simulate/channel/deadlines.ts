import { STANDING_DEADLINES } from "../../../src/domain/channel/ports.ts";
import type { Planned } from "../platform/agenda.ts";
import type { Platform } from "../platform/platform.ts";
import type { Thread } from "../platform/thread.ts";

/** A row of the table `due`, and of the alarm. */
const ROW_BYTES = 40;

/** Named deadlines over one alarm, with the rows that `Deadlines` (src/server/objects/shell/alarms.ts) writes for them. */
export class SimulatedDeadlines {
  readonly #platform: Platform;
  readonly #thread: () => Thread;
  readonly #duty: (name: string) => void;
  readonly #due = new Map<string, number>();
  #armed: Planned | undefined;
  #running = false;

  constructor(platform: Platform, thread: () => Thread, duty: (name: string) => void) {
    this.#platform = platform;
    this.#thread = thread;
    this.#duty = duty;
  }

  set(name: string, at: number | undefined): void {
    const known = this.#due.get(name);
    if (known === at || (known !== undefined && at !== undefined && known < at && STANDING_DEADLINES.has(name))) return;
    this.#thread().wrote(ROW_BYTES);
    if (at === undefined) {
      this.#due.delete(name);
      return;
    }
    this.#due.set(name, at);
    this.#arm(at);
  }

  #arm(at: number): void {
    if (this.#running || (this.#armed !== undefined && this.#armed.at <= at)) return;
    if (this.#armed !== undefined) this.#armed.off = true;
    const thread = this.#thread();
    thread.wrote(ROW_BYTES);
    thread.spend(this.#platform.costs.alarmUs);
    this.#armed = this.#platform.at(at, () => this.#ring());
  }

  #ring(): void {
    const thread = this.#thread();
    thread.requested();
    thread.arrive(this.#platform.costs.alarmUs, () => {
      this.#armed = undefined;
      this.#running = true;
      for (const [name, at] of [...this.#due].sort((a, b) => a[1] - b[1])) {
        if (at > this.#platform.now) break;
        this.set(name, undefined);
        this.#duty(name);
      }
      this.#running = false;
      const next = Math.min(...this.#due.values());
      if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
    });
  }
}
