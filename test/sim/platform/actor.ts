import { AsyncLocalStorage } from "node:async_hooks";

/** Whoever runs code in the simulation: an instance of an object, an isolate of the entry Worker, a client. */
export interface Actor {
  readonly name: string;
  /** Once it is false nothing of it happens any more: no timer, no answer, no frame. */
  readonly alive: boolean;
  /** What its machine's clock shows more than the run's. */
  readonly skewMs: number;
  /** Lets something out, now or when what was written before it is durable. */
  output(leave: () => void): void;
  /** Timers and calls under way: an object that has some does not hibernate. */
  busy(by: 1 | -1): void;
}

const running = new AsyncLocalStorage<Actor>();

/** Whose code runs; it follows promises. */
export const actor = (): Actor | undefined => running.getStore();

export function owner(): Actor {
  const by = actor();
  if (by === undefined) throw new Error("nobody runs this: it is outside every object and client");
  return by;
}

export function runAs<T>(who: Actor, run: () => T): T {
  return running.run(who, run);
}
