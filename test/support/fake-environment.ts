import type { Environment, HttpAnswer, Page, PageSignal } from "../../src/client/environment.ts";

/** Lets everything that was promised so far happen; no time passes. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** A world whose clock moves only when a test says so. */
export class FakeEnvironment implements Environment {
  page: FakePage | undefined;
  /** What `random` gives. */
  chance = 0.5;
  readonly posts: { url: string; body: object }[] = [];
  answerPost: (url: string, body: object) => HttpAnswer = () => ({ status: 404, body: {} });
  released = 0;
  #now = 1_700_000_000_000;
  #timers = new Set<Timer>();
  #unique = 0;

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { due: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(run: () => void): void {
    queueMicrotask(run);
  }

  uniqueId(): string {
    this.#unique += 1;
    return `unique-${this.#unique}`;
  }

  post(url: string, body: object): Promise<HttpAnswer> {
    this.posts.push({ url, body });
    return Promise.resolve(this.answerPost(url, body));
  }

  readonly fetches: { url: string; init: RequestInit }[] = [];
  answerFetch: (url: string, init: RequestInit) => Promise<Response> = () => Promise.resolve(new Response(null, { status: 404 }));

  fetch(url: string, init: RequestInit): Promise<Response> {
    this.fetches.push({ url, init });
    return this.answerFetch(url, init);
  }

  claimDevice(): Promise<{ device: string; release: () => void }> {
    return Promise.resolve({ device: "default", release: () => (this.released += 1) });
  }

  /** How many timers are set. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Time passes; timers run when they are due. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.due);
      timer.run();
      await settle();
    }
    this.#now = until;
  }

  /** The machine sleeps: time passes, and no timer runs before the end. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms;
    await this.advance(0);
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.due <= until && (next === undefined || timer.due < next.due)) next = timer;
    return next;
  }
}

export class FakePage implements Page {
  #hidden = false;
  #listeners = new Set<(signal: PageSignal) => void>();

  hidden(): boolean {
    return this.#hidden;
  }

  watch(listener: (signal: PageSignal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  setHidden(hidden: boolean): void {
    this.#hidden = hidden;
    for (const listener of this.#listeners) listener("visibility");
    if (!hidden) this.wake();
  }

  wake(): void {
    for (const listener of this.#listeners) listener("wake");
  }
}
