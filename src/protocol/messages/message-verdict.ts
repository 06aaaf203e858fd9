import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { ext } from "./conversation.ts";

/** What an app's own server says of a message that it was asked about. */
export const messageVerdict = z.object({
  pass: z.boolean(),
  /** Said to the sender where it does not pass. */
  reason: z.string().max(CHAT_LIMITS.hookReasonChars).optional(),
  /** In place of the text that was sent, and of its ext. */
  text: z.string().optional(),
  ext: ext.optional(),
});
export type MessageVerdict = z.infer<typeof messageVerdict>;
