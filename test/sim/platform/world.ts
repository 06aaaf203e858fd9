import { type Actor, actor, owner, runAs } from "./actor.ts";
import { SimulatedCompressionStream, SimulatedDecompressionStream } from "./compression.ts";
import { simulatedCrypto } from "./crypto.ts";
import type { Scheduler } from "./scheduler.ts";
import { SimulatedResponse, SimulatedWebSocket, WebSocketPair, WebSocketRequestResponsePair } from "./sockets.ts";

/** The run's clocks begin here. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);

export interface WorldPorts {
  readonly scheduler: Scheduler;
  /** For the streams of randomness: the programs of one run do not share them. */
  readonly name: string;
  thrown(where: string, error: unknown): void;
  log(line: string): void;
}

/** What stands in the place of a machine's globals. Whose clock and whose timers is told by who runs. */
export function simulatedWorld({ scheduler, name, thrown, log }: WorldPorts): Readonly<Record<string, unknown>> {
  const now = (): number => Math.floor(EPOCH_MS + scheduler.now + (actor()?.skewMs ?? 0));
  const random = scheduler.stream(`${name} Math.random`);
  // Clocks show whole ms, so timers wait for whole ones.
  const setTimer = (run: () => void, ms = 0): (() => void) => startTimer(scheduler, owner(), run, Math.max(1, Math.ceil(ms)), thrown);
  const clearTimer = (cancel: (() => void) | undefined): void => cancel?.();
  return {
    Date: dateOf(now),
    Math: Object.create(Math, { random: { value: random } }) as Math,
    crypto: simulatedCrypto(scheduler.stream(`${name} crypto`)),
    performance: { now: () => scheduler.now },
    console: { log, warn: log, error: log, info: log, debug: log },
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    setInterval: () => notSimulated("setInterval"),
    clearInterval: clearTimer,
    fetch: () => notSimulated("fetch"),
    Request,
    Response: SimulatedResponse,
    WebSocket: SimulatedWebSocket,
    WebSocketPair,
    WebSocketRequestResponsePair,
    CompressionStream: SimulatedCompressionStream,
    DecompressionStream: SimulatedDecompressionStream,
  };
}

/** A timer of whoever sets it; it dies with its owner. Returns what calls it off. */
export function startTimer(scheduler: Scheduler, by: Actor, run: () => void, ms: number, thrown: WorldPorts["thrown"]): () => void {
  let over = false;
  const end = (): boolean => {
    if (over) return false;
    over = true;
    by.busy(-1);
    return true;
  };
  by.busy(1);
  const cancel = scheduler.after(ms, `${by.name} timer`, () => {
    if (!by.alive || !end()) return;
    try {
      runAs(by, run);
    } catch (error) {
      thrown(`${by.name} timer`, error);
    }
  });
  return () => {
    if (end()) cancel();
  };
}

function dateOf(now: () => number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, given: [], as) => Reflect.construct(target, given.length === 0 ? [now()] : given, as) as object,
    get: (target, name) => (name === "now" ? now : (Reflect.get(target, name) as unknown)),
  });
}

function notSimulated(what: string): never {
  throw new Error(`not simulated: ${what}`);
}
