import { LIMITS } from "../../protocol/limits.ts";
import type { CallEnd, CallMember, CallView } from "../../protocol/messages/call.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";

/** One call, whole. Immutable: a transition makes a new one, and its `version` one higher if its members see a difference. */
export interface CallState {
  readonly call: string;
  readonly version: number;
  readonly end?: CallEnd;
  readonly into?: string;
  readonly endedAt?: number;
  /** Somebody besides the caller has been in it. */
  readonly answered: boolean;
  readonly exclusive: boolean;
  readonly content?: string;
  readonly channel?: string;
  readonly startedAt: number;
  readonly reachMs: number;
  readonly answerMs: number;
  /** The caller first, then the callees in the order they were called. */
  readonly members: readonly CallMember[];
}

export interface Invitation {
  readonly call: string;
  readonly caller: UserId;
  readonly device: DeviceId;
  readonly to: readonly UserId[];
  readonly content?: string | undefined;
  readonly channel?: string | undefined;
  readonly exclusive: boolean;
  readonly reachMs: number;
  readonly answerMs: number;
}

/** The caller is in the call from its start. */
export function openCall(invitation: Invitation, now: number): CallState {
  const { call, caller, device, to, content, channel, exclusive, reachMs, answerMs } = invitation;
  return {
    call,
    version: 1,
    answered: false,
    exclusive,
    ...(content === undefined ? {} : { content }),
    ...(channel === undefined ? {} : { channel }),
    startedAt: now,
    reachMs,
    answerMs,
    members: [{ user: caller, state: "joined", device }, ...to.map((user): CallMember => ({ user, state: "calling", until: now + reachMs }))],
  };
}

export function viewOf(state: CallState): CallView {
  const { call, version, end, into, exclusive, content, channel, startedAt, members } = state;
  return {
    call,
    version,
    phase: phaseOf(state),
    ...(end === undefined ? {} : { end }),
    ...(into === undefined ? {} : { into }),
    exclusive,
    ...(content === undefined ? {} : { content }),
    ...(channel === undefined ? {} : { channel }),
    startedAt,
    members: [...members],
  };
}

const phaseOf = ({ end, answered }: CallState): CallView["phase"] => (end !== undefined ? "ended" : answered ? "active" : "ringing");

export const callerOf = ({ members }: Pick<CallState | CallView, "members">): CallMember => must(members[0], "a call has a caller");
export const memberOf = ({ members }: Pick<CallState | CallView, "members">, user: UserId): CallMember | undefined =>
  members.find((member) => member.user === user);

/** Called and not decided yet. */
export const isRung = ({ state }: CallMember): boolean => state === "calling" || state === "ringing";

/** When the next leg ends by itself; of an ended call, when it is forgotten. */
export function nextEventAt({ endedAt, members }: CallState, keptMs: number): number | undefined {
  if (endedAt !== undefined) return endedAt + keptMs;
  const ends = members.flatMap(({ until }) => until ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/** A change of a call is one frame, and `call.list` one of several: what members answer with must leave room. */
export const fitsFrame = (state: CallState): boolean => JSON.stringify(viewOf(state)).length <= LIMITS.callViewChars;
