import * as z from "zod";
import { deviceId, requestId, seq, timeMs, userId } from "../ids.ts";
import { customType, payload, updateKey } from "../payload.ts";

/** One message in an event frame: what a channel's member, or a user's device, gets. Its identity is (from, device, id). */
export const message = z.strictObject({
  from: userId,
  /** The device that sent it; `server` for a message sent over REST with an app's key. */
  device: deviceId,
  id: requestId,
  /** When the service took it, unix ms. Order is `seq`, never this. */
  ts: timeMs,
  data: payload,
  customType: customType.optional(),
  /** Kept in history. */
  stored: z.literal(true).optional(),
  /** On a copy for the sender's other devices: whom it went to. */
  to: userId.optional(),
});
export type Message = z.infer<typeof message>;

export const streamMessage = z.strictObject({
  ...message.shape,
  seq,
  /** In a channel: what it is the state of. */
  key: updateKey.optional(),
  /** In an inbox: it bridged a short absence of its receiver. */
  bridged: z.literal(true).optional(),
});
export type StreamMessage = z.infer<typeof streamMessage>;
