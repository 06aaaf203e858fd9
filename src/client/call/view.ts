import type { CallMember, CallView } from "../../protocol/messages/call.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";
import { toHex } from "../../util/hex.ts";

export interface InviteOptions {
  /** What the callees read with the invitation. */
  readonly content?: string;
  /** The name of a channel, or whatever else tells them where to meet. */
  readonly channel?: string;
  /** Default true: a user has one such call at a time, and who calls meanwhile hears `busy`. */
  readonly exclusive?: boolean;
  /** How long a device of theirs has to acknowledge, and how long it rings from then. */
  readonly reachMs?: number;
  readonly answerMs?: number;
}

/** The version of a call that the service has said nothing of; its own begin at 1. */
export const UNSEEN = -1;

/** What a call looks like until the service has said so. */
export function placedView(call: string, caller: { user: UserId; device: DeviceId }, to: readonly UserId[], options: InviteOptions, now: number): CallView {
  const { content, channel, exclusive = true } = options;
  const callees = to.map((user): CallMember => ({ user, state: "calling" }));
  return {
    call,
    version: UNSEEN,
    phase: "ringing",
    exclusive,
    ...(content !== undefined && { content }),
    ...(channel !== undefined && { channel }),
    startedAt: now,
    members: [{ ...caller, state: "joined" }, ...callees],
  };
}

export const memberOf = ({ members }: CallView, user: UserId): CallMember | undefined => members.find((member) => member.user === user);

/** The device this user is in the call with. */
const deviceOf = (view: CallView, user: UserId): DeviceId | undefined => {
  const member = memberOf(view, user);
  return member?.state === "joined" ? member.device : undefined;
};

/** Who was in the call and is so still, with another device. */
export function movedIn(before: CallView, after: CallView): { user: UserId; device: DeviceId }[] {
  return after.members.flatMap(({ user }) => {
    const [old, device] = [deviceOf(before, user), deviceOf(after, user)];
    return old === undefined || device === undefined || old === device ? [] : [{ user, device }];
  });
}

/** 128 random bits. */
export const newCallId = (): string => toHex(crypto.getRandomValues(new Uint8Array(16)));
