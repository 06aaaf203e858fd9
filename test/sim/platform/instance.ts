import type { Actor } from "./actor.ts";
import type { Conditions } from "./conditions.ts";
import type { Disk } from "./disk.ts";
import type { Scheduler } from "./scheduler.ts";

/** Share of transactions that are committed while the handler still runs, at its next pause: where it awaits, the platform commits. */
const COMMITTED_EARLY = 0.3;
const HOPS_MAX = 4;

export interface InstancePorts {
  readonly scheduler: Scheduler;
  readonly conditions: Conditions;
  readonly disk: Disk;
  readonly random: () => number;
  skewMs(): number;
  committed(): void;
  /** It dies in the middle of what it does. */
  dies(): void;
}

/**
 * One life of an object. Input comes one at a time; what it sends waits until all that it wrote before is durable: what the
 * platform calls the output gate.
 */
export class Instance implements Actor {
  readonly name: string;
  alive = true;
  /** Made by the constructor of the object's class. */
  object: Readonly<Record<string, unknown>> = {};
  readonly #ports: InstancePorts;
  #held: (() => void)[] = [];
  #syncs: (() => void)[] = [];
  #busy = 0;
  /** Nothing that it does from here on has happened. */
  #doomed = false;

  constructor(name: string, ports: InstancePorts) {
    this.name = name;
    this.#ports = ports;
  }

  get skewMs(): number {
    return this.#ports.skewMs();
  }

  /** Nothing under way: it may hibernate. */
  get isIdle(): boolean {
    return this.#busy === 0 && !this.#ports.disk.dirty;
  }

  busy(by: 1 | -1): void {
    this.#busy += by;
  }

  output(leave: () => void): void {
    if (!this.alive || this.#doomed) return;
    if (this.#ports.disk.dirty) this.#held.push(leave);
    else leave();
  }

  synced(): Promise<void> {
    if (!this.#ports.disk.dirty) return Promise.resolve();
    return new Promise((resolve) => this.#syncs.push(resolve));
  }

  /** The first write of a transaction: it will be durable soon. */
  wrote(): void {
    const { random, scheduler, conditions } = this.#ports;
    if (random() < COMMITTED_EARLY) {
      let pause = Promise.resolve();
      for (let hops = Math.floor(random() * HOPS_MAX); hops > 0; hops--) pause = pause.then(() => undefined);
      void pause.then(() => this.#commit(random() < conditions.deathsAfterWrite));
    } else {
      const ms = (random() < 0.8 ? 2 : 30) * random() * conditions.slowness;
      scheduler.after(ms, `${this.name} commits`, () => this.#commit(random() < conditions.deathsAfterWrite));
    }
  }

  #commit(andDies: boolean): void {
    if (!this.alive || this.#doomed) return;
    this.#ports.disk.commit();
    const held = this.#held;
    this.#held = [];
    // Its frames may be on their way, or it has not come to that.
    if (!andDies || this.#ports.random() < 0.5) for (const leave of held) leave();
    if (andDies) {
      this.#doomed = true;
      this.#ports.scheduler.after(0, `${this.name} dies after a write`, () => this.alive && this.#ports.dies());
      return;
    }
    const syncs = this.#syncs;
    this.#syncs = [];
    for (const resolve of syncs) resolve();
    this.#ports.committed();
  }
}
