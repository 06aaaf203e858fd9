import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { CallMember, CallMemberState } from "../../protocol/messages/call.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";
import { unreachable } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type CallState, fitsFrame, isRung, memberOf } from "./call-state.ts";
import { endAll, settle } from "./ending.ts";

/** What may happen to a call. `user` is who does it, or to whom it happens. */
export type CallEvent =
  /** Calls more people, or again those whose leg is over. */
  | { readonly kind: "add"; readonly user: UserId; readonly to: readonly UserId[] }
  /** One of the user's devices rings. */
  | { readonly kind: "ringing"; readonly user: UserId }
  | {
      readonly kind: "accept";
      readonly user: UserId;
      readonly device: DeviceId;
      readonly response?: string | undefined;
      readonly takeOver?: boolean | undefined;
    }
  | { readonly kind: "refuse"; readonly user: UserId; readonly response?: string | undefined }
  | { readonly kind: "leave"; readonly user: UserId; readonly device: DeviceId }
  /** The device in the call has vanished. */
  | { readonly kind: "lost"; readonly user: UserId; readonly device: DeviceId }
  /** The user was told of the call, or already is in another one. */
  | { readonly kind: "tried"; readonly user: UserId; readonly online: boolean; readonly busy: boolean }
  /** Both had called each other: the user is in this call with the device that had placed the other one. */
  | { readonly kind: "join"; readonly user: UserId; readonly device: DeviceId; readonly other: string }
  /** Both had called each other: this call gives way. */
  | { readonly kind: "merge"; readonly user: UserId; readonly into: string }
  | { readonly kind: "time" }
  | { readonly kind: "end" };

export type Transition = Result<CallState, WireError>;

/** What becomes of a call. The same object comes back where nothing has changed. Legs whose time is up end first, however late the clock was heard. */
export function transition(before: CallState, event: CallEvent, now: number): Transition {
  const state = expire(before, now);
  const done = happen(state, event, now);
  if (!done.ok || done.value === state) return done.ok ? ok(state) : done;
  if (!fitsFrame(done.value)) return err(wireError("limit_exceeded", { field: "response", message: "response: the call's answers take too much room" }));
  return done;
}

/** Ends the legs whose time is up. */
export function expire(state: CallState, now: number): CallState {
  if (state.end !== undefined) return state;
  const due = state.members.filter(({ until }) => until !== undefined && until <= now);
  if (due.length === 0) return state;
  const legs = due.toSorted((a, b) => (a.until ?? 0) - (b.until ?? 0));
  const next = legs.reduce((current, leg) => withLeg(current, leg.user, rungOut(leg)), state);
  return settle(raise(state, next), legs.at(-1)?.state === "ringing" ? "missed" : "unreachable", now);
}

const rungOut = ({ state, online }: CallMember): Omit<CallMember, "user"> =>
  state === "ringing" ? over("missed") : { ...over("unreachable"), ...(online === undefined ? {} : { online }) };

function happen(state: CallState, event: CallEvent, now: number): Transition {
  switch (event.kind) {
    case "time":
      return ok(state);
    case "end":
      return ok(state.end === undefined ? endAll(raise(state, state), "ended-by-app", now) : state);
    case "merge":
      return merge(state, event, now);
    default: {
      const member = memberOf(state, event.user);
      return member === undefined ? err(wireError("not_found", { message: "there is no such call of this user" })) : act(state, member, event, now);
    }
  }
}

type MemberEvent = Exclude<CallEvent, { readonly kind: "time" | "end" | "merge" }>;

function act(state: CallState, member: CallMember, event: MemberEvent, now: number): Transition {
  switch (event.kind) {
    case "add":
      return add(state, member, event.to, now);
    case "ringing":
      return ring(state, member, now);
    case "accept":
      return accept(state, member, event);
    case "join":
      return join(state, member, event.device);
    case "refuse":
      return refuse(state, member, event.response, now);
    case "leave":
    case "lost":
      return leave(state, member, event, now);
    case "tried":
      return tried(state, member, event, now);
    default:
      return unreachable(event);
  }
}

function add(state: CallState, member: CallMember, to: readonly UserId[], now: number): Transition {
  if (state.end !== undefined) return ended();
  if (member.state !== "joined") return err(conflict("only who is in the call may call others into it"));
  const until = now + state.reachMs;
  let next = state;
  for (const user of new Set(to)) {
    const known = memberOf(next, user);
    if (known === undefined) next = { ...next, members: [...next.members, { user, state: "calling", until }] };
    else if (!isRung(known) && known.state !== "joined") next = withLeg(next, user, { state: "calling", until });
  }
  if (next.members.length > LIMITS.callMembers) {
    return err(wireError("limit_exceeded", { field: "to", limit: LIMITS.callMembers, message: `to: at most ${LIMITS.callMembers} people in one call` }));
  }
  return ok(raise(state, next));
}

function ring(state: CallState, member: CallMember, now: number): Transition {
  if (state.end !== undefined) return ended();
  if (member.state !== "calling") return ok(state);
  return ok(raise(state, withLeg(state, member.user, { state: "ringing", until: now + state.answerMs })));
}

function accept(state: CallState, member: CallMember, { device, response, takeOver }: Extract<CallEvent, { readonly kind: "accept" }>): Transition {
  if (state.end !== undefined) return ended();
  if (member.state === "joined") {
    if (member.device === device) return ok(state);
    if (takeOver !== true) return err(conflict("another device of this user is in the call"));
    return ok(raise(state, withLeg(state, member.user, { ...member, device })));
  }
  if (!isRung(member) && !state.answered) return err(conflict("the call is over for this user"));
  return ok(joined(state, member.user, device, response));
}

function join(state: CallState, member: CallMember, device: DeviceId): Transition {
  if (state.end !== undefined) return ended();
  if (member.state === "joined") return ok(state);
  return isRung(member) ? ok(joined(state, member.user, device, undefined)) : err(conflict("the call is over for this user"));
}

const joined = (state: CallState, user: UserId, device: DeviceId, response: string | undefined): CallState => ({
  ...raise(state, withLeg(state, user, { state: "joined", device, ...(response === undefined ? {} : { response }) })),
  answered: true,
});

function refuse(state: CallState, member: CallMember, response: string | undefined, now: number): Transition {
  if (member.state === "refused") return ok(state);
  if (state.end !== undefined) return ended();
  if (member.state === "joined") return err(conflict("a device of this user is in the call"));
  if (!isRung(member)) return err(conflict("the call is over for this user"));
  const leg = { ...over("refused"), ...(response === undefined ? {} : { response }) };
  return ok(settle(raise(state, withLeg(state, member.user, leg)), "refused", now));
}

function leave(state: CallState, member: CallMember, { kind, device }: Extract<CallEvent, { readonly kind: "leave" | "lost" }>, now: number): Transition {
  if (state.end !== undefined) return ok(state);
  if (isRung(member)) return kind === "lost" ? ok(state) : err(conflict("this user has not answered yet: it may refuse"));
  if (member.state !== "joined") return ok(state);
  // After a hand-over the old device's goodbye comes late.
  if (member.device !== device) return kind === "lost" ? ok(state) : err(conflict("another device of this user is in the call"));
  const left = kind === "leave" ? "left" : "lost";
  return ok(settle(raise(state, withLeg(state, member.user, { ...member, state: left })), left, now));
}

function tried(state: CallState, member: CallMember, { online, busy }: Extract<CallEvent, { readonly kind: "tried" }>, now: number): Transition {
  if (state.end !== undefined || member.state !== "calling") return ok(state);
  if (busy) return ok(settle(raise(state, withLeg(state, member.user, over("busy"))), "busy", now));
  if (member.online === online) return ok(state);
  const next = withLeg(state, member.user, { ...member, online });
  // That a device is there is no news: its acknowledgement follows, or the leg ends and says so.
  return ok(online ? next : raise(state, next));
}

/** Answered or not: both are in the other call by now. */
function merge(state: CallState, { user, into }: Extract<CallEvent, { readonly kind: "merge" }>, now: number): Transition {
  if (memberOf(state, user) === undefined) return err(wireError("not_found"));
  if (state.end !== undefined) return state.into === into ? ok(state) : ended();
  if (!state.exclusive || state.members.length !== 2) return err(conflict("only exclusive calls of two give way"));
  return ok({ ...endAll(raise(state, state), "merged", now), into });
}

const over = (state: CallMemberState): Omit<CallMember, "user"> => ({ state });

const withLeg = (state: CallState, user: UserId, leg: Omit<CallMember, "user">): CallState => ({
  ...state,
  members: state.members.map((member) => (member.user === user ? { ...leg, user } : member)),
});

/** What differs from before is a higher version. */
const raise = (before: CallState, next: CallState): CallState => ({ ...next, version: before.version + 1 });

const conflict = (message: string): WireError => wireError("conflict", { message });
const ended = (): Transition => err(conflict("the call has ended"));
