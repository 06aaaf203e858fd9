import { closeOrder } from "../protocol/close-codes.ts";
import type { WigwagError } from "./error.ts";

/**
 * The life of one socket that is opened again whenever it drops: states, events, and the one function between them.
 * `drops` counts those since the last stable time; it sets the backoff.
 */
export type ConnectionState =
  | { readonly at: "idle" }
  /** Finding out where to connect and with which token or ticket. */
  | { readonly at: "preparing"; readonly drops: number }
  /** The socket is there, its welcome is not. */
  | { readonly at: "opening"; readonly drops: number }
  | { readonly at: "open"; readonly drops: number; readonly since: number }
  | { readonly at: "waiting"; readonly drops: number; readonly drop: Drop }
  | { readonly at: "closed"; readonly drop: Drop };

/** Why a socket ended. */
export interface Drop {
  readonly code?: number;
  readonly reason: string;
  /** What the preparation failed with. */
  readonly error?: WigwagError;
  /** When the server wants to see the client again; otherwise the backoff says. */
  readonly retryAfterMs?: number;
}

export type ConnectionEvent =
  | { readonly is: "start" }
  | { readonly is: "prepared" }
  | { readonly is: "welcomed"; readonly now: number }
  /** `renewable`: another attempt would bring another token or ticket. */
  | { readonly is: "dropped"; readonly now: number; readonly drop: Drop; readonly renewable: boolean }
  | { readonly is: "due" }
  | { readonly is: "ended"; readonly drop: Drop };

/** Returns the same state for an event that means nothing in it. */
export function transition(state: ConnectionState, event: ConnectionEvent, stableMs: number): ConnectionState {
  if (state.at === "closed") return state;
  switch (event.is) {
    case "start":
      return state.at === "idle" ? { at: "preparing", drops: 0 } : state;
    case "prepared":
      return state.at === "preparing" ? { at: "opening", drops: state.drops } : state;
    case "welcomed":
      return state.at === "opening" ? { at: "open", drops: state.drops, since: event.now } : state;
    case "dropped":
      return afterDrop(state, event, stableMs);
    case "due":
      return state.at === "waiting" ? { at: "preparing", drops: state.drops } : state;
    case "ended":
      return { at: "closed", drop: event.drop };
  }
}

function afterDrop(state: Exclude<ConnectionState, { at: "closed" }>, event: Extract<ConnectionEvent, { is: "dropped" }>, stableMs: number): ConnectionState {
  if (state.at === "idle" || state.at === "waiting") return state;
  if (isFinal(event.drop, event.renewable)) return { at: "closed", drop: event.drop };
  // A socket that opens and drops at once would otherwise be opened in a tight loop.
  const stable = state.at === "open" && event.now - state.since >= stableMs;
  return { at: "waiting", drops: stable ? 1 : state.drops + 1, drop: event.drop };
}

/** Whether a drop is the end: the range of its code says so, or what the preparation was refused with. */
function isFinal(drop: Drop, renewable: boolean): boolean {
  const order = drop.error === undefined ? closeOrder(drop.code ?? 0) : ORDER_OF_ADVICE[drop.error.retry];
  return order === "stay-away" || (order === "new-token" && !renewable);
}

const ORDER_OF_ADVICE = { never: "stay-away", later: "come-back", "new-token": "new-token" } as const;
