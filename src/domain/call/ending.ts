import type { CallEnd, CallMember } from "../../protocol/messages/call.ts";
import { type CallState, callerOf, isRung } from "./call-state.ts";

/** Ends the call if the last change has left nothing of it. `cause` is what became of the leg that changed last. */
export function settle(state: CallState, cause: CallEnd, now: number): CallState {
  if (state.end !== undefined) return state;
  const joined = state.members.filter((member) => member.state === "joined").length;
  const rung = state.members.some(isRung);
  // Who called and hung up, or vanished, takes the invitation back.
  if (!state.answered && callerOf(state).state !== "joined") return endAll(state, cause === "left" ? "cancelled" : cause, now);
  if (joined === 0 || (joined === 1 && !rung)) return endAll(state, cause, now);
  return state;
}

/** Nobody is in an ended call, and nothing rings. */
export const endAll = (state: CallState, end: CallEnd, now: number): CallState => ({ ...state, end, endedAt: now, members: state.members.map(endLeg) });

function endLeg(member: CallMember): CallMember {
  if (member.state === "joined") return { ...member, state: "left" };
  if (!isRung(member)) return member;
  const { until: _, ...rest } = member;
  return { ...rest, state: "cancelled" };
}
