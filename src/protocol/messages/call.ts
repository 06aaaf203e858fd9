import * as z from "zod";
import { deviceId, timeMs, userId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { CALL_ID } from "../names.ts";
import { utf8Text } from "../text.ts";

/** Random, made by the caller's device: a repeated invitation is the same call. */
export const callId = z.string().regex(CALL_ID);

/** What the caller says with an invitation, and the callee with its answer (RTM 2.8: 8 KB of UTF-8 each). */
export const callText = utf8Text(LIMITS.callTextBytes);

/**
 * Where a member of a call stands. The first two are on the way, `joined` is in the call, the rest are over:
 * `calling` no device has acknowledged yet · `ringing` one has · `joined` · `refused` · `busy` · `missed` it rang, nobody answered ·
 * `unreachable` no device acknowledged in time · `cancelled` the call ended before the answer · `left` · `lost` vanished from the call.
 */
export const callMemberState = z.enum(["calling", "ringing", "joined", "refused", "busy", "missed", "unreachable", "cancelled", "left", "lost"]);
export type CallMemberState = z.infer<typeof callMemberState>;

export const callMember = z.strictObject({
  user: userId,
  state: callMemberState,
  /** The device that is, or was, in the call. */
  device: deviceId.optional(),
  /** What it answered with. */
  response: z.string().optional(),
  /** With `calling` and `unreachable`: whether a device was connected when it was last tried. */
  online: z.boolean().optional(),
  /** When this state ends by itself: `calling` at `unreachable`, `ringing` at `missed`. */
  until: timeMs.optional(),
});
export type CallMember = z.infer<typeof callMember>;

/** `merged`: both had called each other, and the call goes on as `into`. `lost`: all but one have vanished. */
export const callEnd = z.enum(["left", "cancelled", "refused", "busy", "missed", "unreachable", "merged", "lost", "ended-by-app"]);
export type CallEnd = z.infer<typeof callEnd>;

/** The whole state of a call, as its members see it. A higher `version` replaces a lower one, so repeats and late ones do no harm. */
export const callView = z.strictObject({
  call: callId,
  version: z.int().min(1),
  phase: z.enum(["ringing", "active", "ended"]),
  /** Why it ended, with phase `ended`. */
  end: callEnd.optional(),
  into: callId.optional(),
  /** At most one such call per user; RTM 1.x invitations are not. */
  exclusive: z.boolean(),
  content: z.string().optional(),
  channel: z.string().optional(),
  startedAt: timeMs,
  /** The caller first, then the callees in the order they were called. */
  members: z.array(callMember).min(2),
});
export type CallView = z.infer<typeof callView>;
