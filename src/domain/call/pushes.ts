import type { CallMember } from "../../protocol/messages/call.ts";
import type { UserId } from "../../protocol/names.ts";
import { type CallState, callerOf, memberOf } from "./call-state.ts";

/** What an app's own push service is told, for a device that is not connected. */
export interface CallPush {
  readonly type: "call.ring" | "call.cancelled";
  readonly call: string;
  readonly from: UserId;
  readonly to: UserId;
  readonly content?: string;
  readonly channel?: string;
  /** When the ring ends by itself. */
  readonly until?: number;
}

/** A push that the app's server has not been given yet. What else it says stands in the call. */
export interface OwedPush {
  readonly type: CallPush["type"];
  readonly to: UserId;
  readonly until?: number | undefined;
}

/** What a change of a call gives to push: a ring that found no device, and the end of one that never did. */
export function pushesOf(before: CallState, after: CallState): OwedPush[] {
  return after.members.flatMap((member): OwedPush[] => {
    const { user: to, until, state } = member;
    const was = memberOf(before, to);
    const waited = was !== undefined && waits(was);
    if (waits(member)) return waited ? [] : [{ type: "call.ring", to, ...(until === undefined ? {} : { until }) }];
    return waited && (state === "unreachable" || state === "cancelled") ? [{ type: "call.cancelled", to }] : [];
  });
}

/** As the app's server gets it. */
export function pushOf({ call, content, channel, members }: CallState, { type, to, until }: OwedPush): CallPush {
  const from = callerOf({ members }).user;
  if (type === "call.cancelled") return { type, call, from, to };
  return {
    type,
    call,
    from,
    to,
    ...(content === undefined ? {} : { content }),
    ...(channel === undefined ? {} : { channel }),
    ...(until === undefined ? {} : { until }),
  };
}

const waits = ({ state, online }: CallMember): boolean => state === "calling" && online === false;
