import type { Call } from "../client/call/index.ts";
import { LIMITS } from "../protocol/limits.ts";
import { utf8Bytes } from "../util/text.ts";
import { type RtmError, rtmError } from "./errors.ts";

/** RTM 1.x: how long an invitation looks for its callee, and how long that has to answer. Multiplied by the context's scale. */
export const INVITATION_TIMINGS = {
  reachMs: 30_000,
  answerMs: 60_000,
} as const;

export const INVITATION_LIMITS = {
  /** RTM 1.x: a channel's name for the older signaling SDK. */
  channelIdBytes: 64,
  /** Accepted calls with somebody who is not of RTM 1.x, which go on until they hang up: below the service's 32. */
  acceptedCalls: 8,
} as const;

/** RTM 1.x, what a call on an invitation throws. */
const CODES = { INVALID_ARGUMENT: 1, NOT_STARTED: 2, ALREADY_END: 3, ALREADY_ACCEPT: 4, ALREADY_SENT: 5 } as const;

export const invitationError = (word: keyof typeof CODES, detail?: string): RtmError => rtmError("invitation", CODES[word], detail);

/** A text that fits; throws what RTM 1.x throws. */
export function checkedText(name: string, value: unknown, bytesMax: number = LIMITS.callTextBytes): string {
  if (typeof value !== "string" || !value.isWellFormed()) throw invitationError("INVALID_ARGUMENT", `${name} is no text`);
  if (utf8Bytes(value) > bytesMax) throw invitationError("INVALID_ARGUMENT", `${name} has more than ${bytesMax} bytes`);
  return value;
}

/** An empty text is the same as none. */
export const given = <Name extends string>(name: Name, text: string): { [Key in Name]?: string } =>
  text === "" ? {} : ({ [name]: text } as { [Key in Name]?: string });

/** What invitations need of those around them. */
export interface InvitationPort {
  /** Places a call; undefined where nobody is logged in. */
  place(callee: string, texts: { content?: string; channel?: string }): Call | undefined;
  /** Both have agreed: what the call is kept for from now on. */
  accepted(call: Call): void;
}
