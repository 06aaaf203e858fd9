import * as z from "zod";
import { deviceId, epoch, requestId, seq, userId } from "../ids.ts";
import { message, streamMessage } from "./message.ts";

/**
 * Speaks for every seq in (after, upTo]. A client has a gap if and only if `after` is not its position; what is not
 * among `items` was not for it, or was dropped as `skipped` says.
 */
export const events = z.strictObject({
  type: z.literal("events"),
  stream: z.string(),
  epoch,
  after: seq,
  upTo: seq,
  items: z.array(streamMessage),
  skipped: z.int().optional(),
});
export type Events = z.infer<typeof events>;

/** What was taken so much later than the item before, ms; less than 0 where clocks were corrected. */
const laterMs = z.int();
const briefItem = z.union([z.tuple([laterMs, z.string()]), z.tuple([userId, deviceId, requestId, laterMs, z.string()])]);
/** As it goes to a reader that asks for items in short (`brief.ts`). */
export const briefEvents = events.extend({ items: z.array(z.union([streamMessage, briefItem])) });

/** A peer message pushed straight to a connected device; it has no place in a stream. Answered by `received`. */
export const push = z.strictObject({ type: z.literal("message"), ...message.shape });
export type Push = z.infer<typeof push>;
