import * as z from "zod";
import { ERRORS, type ErrorCode } from "../errors.ts";
import { requestId, seq } from "../ids.ts";

/** Client to server. `input` is the operation's; binary data is carried as its `data`. */
export const request = z.strictObject({
  type: z.literal("request"),
  id: requestId,
  op: z.string().max(64),
  input: z.record(z.string(), z.unknown()),
});
export type Request = z.infer<typeof request>;

const codes = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];
export const wireErrorSchema = z.strictObject({
  code: z.enum(codes),
  message: z.string(),
  retry: z.enum(["never", "later", "new-token"]),
  retryAfterMs: z.int().optional(),
  field: z.string().optional(),
  limit: z.number().optional(),
});

/** Exactly one per request; a publish to a channel one is a member of is answered by its echo instead. */
export const reply = z.union([
  z.strictObject({ type: z.literal("reply"), id: requestId, ok: z.record(z.string(), z.unknown()) }),
  z.strictObject({ type: z.literal("reply"), id: requestId, error: wireErrorSchema }),
]);
export type Reply = z.infer<typeof reply>;

/** "I have everything of this stream up to here": flow control, and the inbox's receipt. */
export const ack = z.strictObject({ type: z.literal("ack"), stream: z.string().max(128), upTo: seq });
export type Ack = z.infer<typeof ack>;

/** "I have these peer messages", each named by (from, device, id). */
export const received = z.strictObject({
  type: z.literal("received"),
  messages: z.array(z.tuple([z.string(), z.string(), requestId])).max(1024),
});
export type Received = z.infer<typeof received>;
