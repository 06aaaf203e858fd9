import { type Costs, SOFT_LIMIT_REQUESTS } from "./costs.ts";

/** What an object has done, in the window that is measured. */
export interface Tally {
  busyMs: number;
  /** Calls, upgrades and alarms: what the platform counts, and limits. */
  requests: number;
  socketMessages: number;
  framesOut: number;
  bytesOut: number;
  callsOut: number;
  rows: number;
  rowBytes: number;
  awakeMs: number;
}

const emptyTally = (): Tally => ({ busyMs: 0, requests: 0, socketMessages: 0, framesOut: 0, bytesOut: 0, callsOut: 0, rows: 0, rowBytes: 0, awakeMs: 0 });

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = emptyTally();
  for (const tally of tallies) for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += tally[name];
  return sum;
}

interface Waiting {
  readonly costUs: number;
  readonly run: () => void;
  /** Whether promises may have been kept by it, and code waits for them. */
  readonly settles: boolean;
}

export interface ThreadHost {
  readonly now: number;
  readonly costs: Costs;
  /** Runs `step` at that time. */
  at(at: number, step: () => void): void;
  /** Runs one event of this thread; what it promises is done when this resolves. */
  enter(thread: Thread, event: Waiting, left: () => void): void;
}

/** An object's one thread: what comes while it is busy waits, in order. */
export class Thread {
  readonly name: string;
  readonly kind: string;
  readonly region: number;
  readonly #host: ThreadHost;
  readonly #waiting: Waiting[] = [];
  tally = emptyTally();
  /** Of the window. */
  busiestSecond = 0;
  mostRequests = 0;
  alive = true;
  /** Counts its events. */
  turn = 0;
  /** Callers that wait for an answer, and are to hear when it is gone. */
  readonly callers = new Set<() => void>();
  /** Spent in the event that runs. */
  #spentMs = 0;
  #scheduled = false;
  #busyUntil = 0;
  #second = -1;
  #busyInSecond = 0;
  #requestsInSecond = 0;
  /** Calls and timers that keep it awake. */
  #pins = 0;
  #awakeSince: number | undefined;

  constructor(name: string, kind: string, region: number, host: ThreadHost) {
    this.name = name;
    this.kind = kind;
    this.region = region;
    this.#host = host;
  }

  /** Within an event: its time so far. Effects leave then. */
  get time(): number {
    return this.#host.now + this.#spentMs;
  }

  /** Something for it arrives now. */
  arrive(costUs: number, run: () => void, settles = true): void {
    if (!this.alive) return;
    this.#waiting.push({ costUs, run, settles });
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#host.at(Math.max(this.#host.now, this.#busyUntil), () => this.#next());
  }

  spend(us: number): void {
    this.#spentMs += us / 1000;
  }

  /** A call, an upgrade, an alarm. */
  requested(): void {
    this.tally.requests += 1;
    this.#turnSecond();
    this.#requestsInSecond += 1;
    if (this.#requestsInSecond > this.mostRequests) this.mostRequests = this.#requestsInSecond;
  }

  wrote(bytes: number): void {
    const { rowUs, rowPerKbUs } = this.#host.costs;
    this.tally.rows += 1;
    this.tally.rowBytes += bytes;
    this.spend(rowUs + (rowPerKbUs * bytes) / 1000);
  }

  pin(): void {
    this.#pins += 1;
    this.#awakeSince ??= this.#host.now;
  }

  unpin(): void {
    this.#pins -= 1;
    this.#mayDoze();
  }

  /** Begins to measure. */
  reset(): void {
    this.tally = emptyTally();
    this.busiestSecond = 0;
    this.mostRequests = 0;
    this.#busyInSecond = 0;
    this.#requestsInSecond = 0;
    if (this.#awakeSince !== undefined) this.#awakeSince = this.#host.now;
  }

  /** Ends the window: what is awake counts up to now. */
  close(): void {
    if (this.#awakeSince === undefined) return;
    this.tally.awakeMs += this.#host.now - this.#awakeSince;
    this.#awakeSince = this.#host.now;
  }

  get overLimit(): boolean {
    return this.mostRequests > SOFT_LIMIT_REQUESTS;
  }

  #next(): void {
    const event = this.#waiting.shift();
    if (event === undefined || !this.alive) {
      this.#scheduled = false;
      return;
    }
    this.turn += 1;
    this.#spentMs = event.costUs / 1000;
    this.#awakeSince ??= this.#host.now;
    this.#host.enter(this, event, () => this.#left());
  }

  #left(): void {
    const spent = this.#spentMs;
    this.#spentMs = 0;
    this.#turnSecond();
    this.tally.busyMs += spent;
    this.#busyInSecond += spent;
    if (this.#busyInSecond > this.busiestSecond) this.busiestSecond = this.#busyInSecond;
    this.#busyUntil = this.#host.now + spent;
    if (this.#waiting.length > 0) return this.#host.at(this.#busyUntil, () => this.#next());
    this.#scheduled = false;
    if (spent > 0) this.#host.at(this.#busyUntil, () => this.#mayDoze());
    else this.#mayDoze();
  }

  #mayDoze(): void {
    if (this.#pins > 0 || this.#scheduled || this.#awakeSince === undefined || this.#host.now < this.#busyUntil) return;
    this.tally.awakeMs += this.#host.now - this.#awakeSince;
    this.#awakeSince = undefined;
  }

  #turnSecond(): void {
    const second = Math.floor(this.#host.now / 1000);
    if (second === this.#second) return;
    this.#second = second;
    this.#busyInSecond = 0;
    this.#requestsInSecond = 0;
  }
}
