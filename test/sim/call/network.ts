/** A call or answer on its way between two objects. What it does when it arrives is in `arrive`. */
export interface Message {
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly kind: "request" | "reply";
  readonly arrive: () => void;
  /** Of a request: its sender hears that the call has failed, outcome unknown. */
  readonly fail?: () => void;
}

/** Everything under way. Nothing is in order: each attempt of a call goes over a fresh stub. */
export class Network {
  readonly underWay: Message[] = [];
  /** Answers come at once: fewer orders, so that all of them can be seen. */
  readonly #prompt: boolean;
  /** Calls that an object works on: they fail when it dies. */
  readonly #worked = new Map<string, Set<() => void>>();

  constructor(prompt: boolean) {
    this.#prompt = prompt;
  }

  /** A call from one object to another. `alive` is asked when the answer comes: the sender may have died. */
  call<Answer>(from: string, to: string, label: string, run: () => Promise<Answer> | Answer, alive: () => boolean): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const fail = (): void => void (alive() && reject(new Error("the call failed")));
      this.underWay.push({
        label,
        from,
        to,
        kind: "request",
        fail,
        arrive: () => this.#work(from, to, label, run, (answer) => alive() && resolve(answer), fail),
      });
    });
  }

  #work<Answer>(from: string, to: string, label: string, run: () => Promise<Answer> | Answer, done: (answer: Answer) => void, fail: () => void): void {
    const working = this.#worked.get(to) ?? new Set();
    this.#worked.set(to, working);
    const answer = (what: string, arrive: () => void): void => {
      if (!working.delete(dies)) return;
      if (this.#prompt) arrive();
      else this.underWay.push({ label: `${what} ${label}`, from: to, to: from, kind: "reply", arrive });
    };
    const dies = (): void => answer("dead", fail);
    working.add(dies);
    Promise.resolve()
      .then(run)
      .then(
        (answered) => answer("ok", () => done(answered)),
        () => answer("error", fail),
      );
  }

  /** Whoever waits for an answer of this object hears that it is gone. */
  died(name: string): void {
    for (const dies of [...(this.#worked.get(name) ?? [])]) dies();
  }

  get isBusy(): boolean {
    return this.underWay.length > 0 || [...this.#worked.values()].some(({ size }) => size > 0);
  }

  take(index: number): Message {
    return this.underWay.splice(index, 1)[0] as Message;
  }
}
