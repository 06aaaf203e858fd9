import { CLOSE, closeOrder } from "../../protocol/close-codes.ts";
import type { Frame } from "../../protocol/frame.ts";
import type { Socket, SocketEvents } from "../transport.ts";
import type { Timers } from "./timers.ts";

export interface RaceOptions {
  /** Sockets that are opened at once, at most. */
  readonly parallel: number;
  /** The next one begins so long after the one before it, if none has brought anything. */
  readonly paceMs: number;
  /** One that has brought nothing by then makes way for another. */
  readonly attemptMs: number;
}

/**
 * Numbers the sockets of one login, for the service: of several with the same number it takes the first that it hears of.
 * Whatever comes after one that was given up has a higher number.
 */
export interface Attempts {
  last: number;
}

/** The service takes 1000 for a goodbye, which none of these is. */
const GIVEN_UP = CLOSE.goAway.code;

interface Runner {
  readonly socket: Socket;
  readonly cancel: () => void;
}

/** Opens sockets to one address until one of them brings something: that one goes on, the others are let go. */
export class Race {
  readonly #open: (attempt: number, events: SocketEvents) => Socket;
  readonly #attempts: Attempts;
  readonly #timers: Timers;
  readonly #options: RaceOptions;
  readonly #events: SocketEvents;
  readonly #runners = new Set<Runner>();
  #winner: Runner | undefined;
  #over = false;
  #cancelNext = () => {};

  constructor(open: (attempt: number, events: SocketEvents) => Socket, attempts: Attempts, timers: Timers, options: RaceOptions, events: SocketEvents) {
    this.#open = open;
    this.#attempts = attempts;
    this.#timers = timers;
    this.#options = options;
    this.#events = events;
  }

  start(): void {
    this.#attempts.last += 1;
    this.#next();
  }

  send(frame: Frame): void {
    this.#winner?.socket.send(frame);
  }

  close(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelNext();
    for (const runner of this.#runners) this.#letGo(runner, runner === this.#winner ? code : GIVEN_UP, reason);
  }

  #next(): void {
    this.#cancelNext();
    if (this.#runners.size < this.#options.parallel) this.#run();
    this.#cancelNext = this.#timers.after(this.#options.paceMs, () => this.#next());
  }

  #run(): void {
    let runner: Runner | undefined;
    const isIn = () => runner !== undefined && this.#runners.has(runner);
    const socket = this.#open(this.#attempts.last, {
      opened: () => isIn() && this.#events.opened(),
      message: (frame) => {
        if (runner === undefined || !isIn()) return;
        if (this.#winner === undefined) this.#won(runner);
        this.#events.message(frame);
      },
      closed: (code, reason) => runner !== undefined && this.#lost(runner, code, reason),
    });
    const cancel = this.#timers.after(this.#options.attemptMs, () => {
      if (runner === undefined) return;
      this.#letGo(runner, GIVEN_UP, "no welcome in time");
      this.#attempts.last += 1;
      this.#next();
    });
    runner = { socket, cancel };
    this.#runners.add(runner);
  }

  #won(winner: Runner): void {
    this.#winner = winner;
    winner.cancel();
    this.#cancelNext();
    for (const runner of this.#runners) if (runner !== winner) this.#letGo(runner, GIVEN_UP, "another was first");
  }

  /** An order to stay away, or to bring a new token, is an answer for all; one that merely failed matters when it was the last. */
  #lost(runner: Runner, code: number, reason: string): void {
    if (!this.#runners.delete(runner)) return;
    runner.cancel();
    if (this.#over || (runner !== this.#winner && closeOrder(code) === "come-back" && this.#runners.size > 0)) return;
    this.close(GIVEN_UP, reason);
    this.#events.closed(code, reason);
  }

  #letGo(runner: Runner, code: number, reason: string): void {
    this.#runners.delete(runner);
    runner.cancel();
    runner.socket.close(code, reason);
  }
}
