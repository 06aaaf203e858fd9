import { LIMITS } from "../../protocol/limits.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { callerOf, isRung, memberOf } from "./call-state.ts";
import { isLive, livePointers, type Pointer, type Pointers } from "./pointers.ts";
import type { CallEvent } from "./transition.ts";

/** A question to a call, which decides: an event, or how it stands. */
export interface Ask {
  readonly call: string;
  readonly event: CallEvent | { readonly kind: "look" };
}

/** A ring on its way through the user's object: what has been found out about it so far. */
export interface Ringing {
  readonly view: CallView;
  /** Calls that said themselves that this user is in them. */
  readonly confirmed: readonly string[];
  /** The call this user had placed, and which its callee could not join. */
  readonly tried?: string;
  /** Both had called each other, and are in the winner now. */
  readonly crossing?: { readonly winner: string; readonly loser: string };
  /** It has given way, or was over before it came. */
  readonly settled?: true;
}

export type RingStep =
  | { readonly kind: "ask"; readonly ask: Ask }
  | { readonly kind: "busy" }
  /** The devices may be told: they ring, or hear what is new. */
  | { readonly kind: "news" }
  /** Nobody needs to hear of it: the call itself tells what has become of it. */
  | { readonly kind: "settled" };

/**
 * The next step for a ring, from what is known now; ask, put the answer with `ringAnswered`, and come again. Pointers may be
 * old, so nothing is refused or merged on their word alone.
 */
export function nextRingStep(pointers: Pointers, ringing: Ringing, me: UserId): RingStep {
  const { view, confirmed, tried, crossing, settled } = ringing;
  if (settled === true) return { kind: "settled" };
  if (crossing !== undefined) return { kind: "ask", ask: { call: crossing.loser, event: { kind: "merge", user: me, into: crossing.winner } } };
  const member = memberOf(view, me);
  const known = pointers.get(view.call);
  if (view.phase === "ended" || member === undefined || !isRung(member)) return { kind: "news" };
  if (known !== undefined && (isLive(known) || known.version >= view.version)) return { kind: "news" };
  const rivals = rivalsOf(pointers, view.call, view.exclusive);
  const mine = rivals.find((rival) => rival.call !== tried && crosses(rival, view));
  if (mine !== undefined) return { kind: "ask", ask: joinWinner(mine, view, me) };
  const unsure = rivals.find(({ call }) => !confirmed.includes(call));
  if (unsure !== undefined) return { kind: "ask", ask: { call: unsure.call, event: { kind: "look" } } };
  return { kind: rivals.length > 0 || livePointers(pointers).length >= LIMITS.callsPerUser ? "busy" : "news" };
}

/** What an answer adds, once the pointers have learnt from it. */
export function ringAnswered(ringing: Ringing, { call, event }: Ask, accepted: boolean): Ringing {
  const { view } = ringing;
  if (event.kind === "look") return { ...ringing, confirmed: [...ringing.confirmed, call] };
  if (event.kind === "merge") return { ...ringing, settled: true };
  if (event.kind !== "join") return ringing;
  if (accepted) return { ...ringing, crossing: { winner: call, loser: call === view.call ? event.other : view.call } };
  // Theirs is over; or ours, and a look at it will say so: a refusal alone changes no pointer.
  return call === view.call ? { ...ringing, settled: true } : { ...ringing, tried: call };
}

/** Other exclusive calls that go on, for an exclusive one. */
export const rivalsOf = (pointers: Pointers, call: string, exclusive: boolean): Pointer[] =>
  exclusive ? livePointers(pointers).filter((pointer) => pointer.exclusive && pointer.call !== call) : [];

/** The caller of that call is whom this user is just calling, and nobody else is in either. */
const crosses = (mine: Pointer, theirs: CallView): boolean =>
  mine.placed && mine.device !== undefined && theirs.members.length === 2 && mine.peer === callerOf(theirs).user;

/**
 * The lower id wins, decided alike on both sides: who placed the other call is in it with the device that did. Only then does the
 * loser give way, so that whatever fails in between leaves a call to go on with.
 */
function joinWinner(mine: Pointer, theirs: CallView, me: UserId): Ask {
  const caller = callerOf(theirs);
  if (mine.call < theirs.call)
    return { call: mine.call, event: { kind: "join", user: caller.user, device: must(caller.device, "a caller's device"), other: theirs.call } };
  return { call: theirs.call, event: { kind: "join", user: me, device: must(mine.device, "a device that placed a call"), other: mine.call } };
}
