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

/** What a change of a call gives to push: a ring that found no device, and the end of one that never did. */
export function pushesOf(before: CallState | undefined, after: CallState): CallPush[] {
  return after.members.flatMap((member): CallPush[] => {
    const was = before === undefined ? undefined : memberOf(before, member.user);
    if (waits(member)) return was !== undefined && waits(was) ? [] : [ring(after, member)];
    const inVain = was !== undefined && waits(was) && (member.state === "unreachable" || member.state === "cancelled");
    return inVain ? [{ type: "call.cancelled", call: after.call, from: callerOf(after).user, to: member.user }] : [];
  });
}

const waits = ({ state, online }: CallMember): boolean => state === "calling" && online === false;

const ring = ({ call, content, channel, members }: CallState, { user, until }: CallMember): CallPush => ({
  type: "call.ring",
  call,
  from: callerOf({ members }).user,
  to: user,
  ...(content === undefined ? {} : { content }),
  ...(channel === undefined ? {} : { channel }),
  ...(until === undefined ? {} : { until }),
});
