import { CLOSE } from "../../protocol/close-codes.ts";
import type { TimingOptions } from "../timings.ts";
import { type Transport, type WebSocketConstructor, webSocketTransport } from "../transport.ts";
import { Pulse, type PulseOptions } from "./pulse.ts";
import { type Attempts, Race, type RaceOptions } from "./race.ts";
import { platformTimers, type Timers } from "./timers.ts";

export type { PulseOptions, RaceOptions };

export interface ImpatientOptions extends Partial<RaceOptions & PulseOptions> {
  /** Where the platform has none (Node 20). */
  readonly WebSocket?: WebSocketConstructor;
  /** What it makes sockets with, in place of WebSocket. */
  readonly transport?: Transport;
}

/** As measured best, docs/decisions/0010-packet-loss.md. */
const DEFAULTS = { parallel: 6, paceMs: 250, attemptMs: 4_000, quietMs: 2_500, stallMs: 3_000 } as const;

/** A network that loses packets drops connections often, and that is no reason to stay away for long. */
const RECONNECT_CAP_MS = 1_000;

/**
 * For networks that lose many packets: gives up soon what is stuck, and opens several sockets to keep the first. Costs some
 * pings, and in a bad moment some connections more.
 *
 * @example
 * const me = await connect({ app, user, token, ...impatient() });
 */
export function impatient(options: ImpatientOptions = {}): { readonly transport: Transport; readonly timings: TimingOptions } {
  const transport = options.transport ?? webSocketTransport(options.WebSocket ?? WebSocket);
  return { transport: impatientTransport(transport, options), timings: { reconnectCapMs: RECONNECT_CAP_MS } };
}

/** The transport alone. One belongs to one login. */
export function impatientTransport(transport: Transport, options: Partial<RaceOptions & PulseOptions> = {}, timers: Timers = platformTimers): Transport {
  const all = { ...DEFAULTS, ...options };
  const attempts: Attempts = { last: 0 };
  return {
    open(url, protocols, events) {
      let pulse: Pulse | undefined;
      const race = new Race((attempt, own) => transport.open(`${url}&attempt=${attempt}`, protocols, own), attempts, timers, all, {
        opened: () => events.opened(),
        message: (frame) => {
          pulse ??= new Pulse(timers, all, { ping: () => race.send("ping"), stalled });
          pulse.heard();
          events.message(frame);
        },
        closed: (code, reason) => {
          pulse?.stop();
          events.closed(code, reason);
        },
      });
      const stalled = (): void => {
        race.close(CLOSE.goAway.code, "stalled");
        events.closed(CLOSE.idle.code, "nothing came back");
      };
      race.start();
      return {
        send: (frame) => {
          race.send(frame);
          pulse?.said();
        },
        close: (code, reason) => {
          pulse?.stop();
          race.close(code, reason);
        },
      };
    },
  };
}
