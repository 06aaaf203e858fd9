import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Invitation } from "./call-state.ts";
import { livePointers, type Pointer, type Pointers } from "./pointers.ts";
import { type Ask, rivalsOf } from "./ring.ts";

/** A call on its way out of the user's object. */
export interface Placing {
  readonly invitation: Invitation;
  /** Calls that said themselves that this user is in them. */
  readonly confirmed: readonly string[];
  /** Calls it has tried to answer, in vain. */
  readonly tried: readonly string[];
}

export type PlaceStep =
  | { readonly kind: "ask"; readonly ask: Ask }
  /** Write the pointer, then open the call; a repeat finds it open. */
  | { readonly kind: "open"; readonly pointer?: Pointer }
  | { readonly kind: "refuse"; readonly error: WireError };

/** The next step of an invitation; ask, and come again. Its caller may be called by the same user at this moment: then that call is answered. */
export function nextPlaceStep(pointers: Pointers, { invitation, confirmed, tried }: Placing, now: number): PlaceStep {
  const known = pointers.get(invitation.call);
  if (known !== undefined && (known.version > 0 || known.standing !== "over")) return { kind: "open" };
  const rivals = rivalsOf(pointers, invitation.call, invitation.exclusive);
  const calling = rivals.find((rival) => callsBack(rival, invitation) && !tried.includes(rival.call));
  if (calling !== undefined) return { kind: "ask", ask: { call: calling.call, event: acceptWith(invitation) } };
  const unsure = rivals.find(({ call }) => !confirmed.includes(call));
  if (unsure !== undefined) return { kind: "ask", ask: { call: unsure.call, event: { kind: "look" } } };
  if (rivals.length > 0) return { kind: "refuse", error: wireError("conflict", { message: "this user is in another call" }) };
  if (livePointers(pointers).length >= LIMITS.callsPerUser) return { kind: "refuse", error: tooMany() };
  return { kind: "open", pointer: placed(invitation, now) };
}

/** What an answer adds, once the pointers have learnt from it. */
export function placeAnswered(placing: Placing, { call, event }: Ask): Placing {
  if (event.kind === "look") return { ...placing, confirmed: [...placing.confirmed, call] };
  return { ...placing, tried: [...placing.tried, call] };
}

const callsBack = (rival: Pointer, { to }: Invitation): boolean => rival.standing === "ringing" && !rival.placed && to.length === 1 && rival.peer === to[0];

const acceptWith = ({ caller, device }: Invitation): { kind: "accept"; user: UserId; device: string } => ({ kind: "accept", user: caller, device });

export const placed = ({ call, exclusive, to, device }: Invitation, now: number): Pointer => ({
  call,
  version: 0,
  standing: "joined",
  exclusive,
  placed: true,
  ...(to.length === 1 && to[0] !== undefined ? { peer: to[0] } : {}),
  device,
  at: now,
});

const tooMany = (): WireError =>
  wireError("limit_exceeded", { field: "call", limit: LIMITS.callsPerUser, message: `call: at most ${LIMITS.callsPerUser} calls of one user at a time` });
