import { randomFrom } from "../../../test/support/random.ts";
import { Agenda, type Planned } from "./agenda.ts";
import type { Costs } from "./costs.ts";
import { delayBetween, type Geography } from "./regions.ts";
import { Thread, type ThreadHost } from "./thread.ts";

/** Everything promised so far happens. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The platform as far as it matters here: time, objects with one thread each, calls between them, and what each thing costs. The code that
 * runs on it is the product's own; only its surroundings are made up. Time is in milliseconds from the begin.
 */
export class Platform implements ThreadHost {
  readonly costs: Costs;
  readonly geography: Geography;
  readonly random: () => number;
  readonly threads: Thread[] = [];
  /** Upgrades and calls that entry Workers have served. */
  workerRequests = 0;
  failures: unknown[] = [];
  #now = 0;
  #entered: { thread: Thread; left: () => void } | undefined;
  #unsettled = false;
  readonly #agenda = new Agenda();

  constructor(costs: Costs, geography: Geography, seed: number) {
    this.costs = costs;
    this.geography = geography;
    this.random = randomFrom(seed);
  }

  get now(): number {
    return this.#now;
  }

  get planned(): number {
    return this.#agenda.size;
  }

  at(at: number, step: () => void): Planned {
    return this.#agenda.add(Math.max(at, this.#now), step);
  }

  after(ms: number, step: () => void): Planned {
    return this.at(this.#now + Math.max(0, ms), step);
  }

  object(name: string, kind: string, region: number): Thread {
    const thread = new Thread(name, kind, region, this);
    this.threads.push(thread);
    return thread;
  }

  /** The object is gone, with all it was about to do. */
  end(thread: Thread): void {
    thread.close();
    thread.alive = false;
    for (const failed of [...thread.callers]) failed();
  }

  enter(thread: Thread, event: { readonly run: () => void; readonly settles: boolean }, left: () => void): void {
    this.#entered = { thread, left };
    event.run();
    if (event.settles) this.#unsettled = true;
    else this.#leave();
  }

  async run(until: number): Promise<void> {
    while (this.#agenda.nextAt <= until) {
      const planned = this.#agenda.take();
      if (planned === undefined || planned.off) continue;
      this.#now = planned.at;
      planned.run();
      if (!this.#unsettled) continue;
      await settled();
      this.#leave();
      this.#unsettled = false;
    }
    this.#now = until;
  }

  /** What happens now keeps a promise outside of any object: whoever waits for it goes on before the next thing happens. */
  promised(): void {
    this.#unsettled = true;
  }

  delay(from: number, to: number): number {
    return delayBetween(this.geography, from, to);
  }

  /** When what happens now leaves the thread it happens on. */
  get time(): number {
    return this.#entered?.thread.time ?? this.#now;
  }

  /** One call between objects. `run` happens on the other's thread, its answer on the caller's. */
  call<Answer>(from: Thread, to: () => Thread, bytes: number, run: () => Answer | Promise<Answer>): Promise<Answer> {
    const { callInUs, callOutUs, perKbUs } = this.costs;
    const payloadUs = (perKbUs * bytes) / 1000;
    from.spend(callOutUs + payloadUs);
    from.tally.callsOut += 1;
    from.pin();
    const called = to();
    return new Promise<Answer>((resolve, reject) => {
      const delay = this.delay(from.region, called.region);
      const failed = (): void => {
        called.callers.delete(failed);
        this.after(delay, () => {
          from.unpin();
          from.arrive(this.costs.answerUs, () => reject(new Error("the object is gone")));
        });
      };
      this.at(from.time + delay, () => {
        if (!called.alive) return failed();
        called.callers.add(failed);
        called.requested();
        called.arrive(callInUs + payloadUs, () => {
          const answered = (settle: () => void): void => {
            // Of one that has ended, its callers have heard.
            if (!called.callers.delete(failed)) return;
            called.spend(this.costs.replyUs);
            this.at(this.time + delay, () => {
              from.unpin();
              from.arrive(this.costs.answerUs, settle);
            });
          };
          Promise.resolve(run()).then(
            (answer) => answered(() => resolve(answer)),
            (error: unknown) => answered(() => reject(error)),
          );
        });
      });
    });
  }

  /** Work that an object does beside its events. */
  background(work: Promise<void>): void {
    work.catch((error: unknown) => this.failures.push(error));
  }

  #leave(): void {
    const entered = this.#entered;
    this.#entered = undefined;
    entered?.left();
  }
}
