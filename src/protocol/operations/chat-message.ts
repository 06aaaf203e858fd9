import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { seq, timeMs, userId } from "../ids.ts";
import { CONTENT_TYPES, content, conversation, ext, messageKey, messageRecord } from "../messages/conversation.ts";
import { operation } from "./operation.ts";

const number = seq.min(1);
/** Who acts; for servers. */
const whose = { user: userId.optional() };
const one = { conversation, seq: number, ...whose };
/** Of the change; absent where there was nothing to change. */
const changed = z.strictObject({ version: seq.optional() });
const reaction = z
  .string()
  .min(1)
  .max(CHAT_LIMITS.chatReactionChars)
  .refine((text) => text.isWellFormed(), { error: "well-formed text" });
const MESSAGES = "/conversations/:conversation.type/:conversation.id/messages";

export const messageSend = operation({
  name: "message.send",
  summary: "Sends a message to a conversation. It is kept, and every device of every member gets it, now or later; sent again under its key, it is there once.",
  input: z
    .strictObject({
      conversation,
      key: messageKey,
      content,
      ext: ext.optional(),
      /** Nobody is disturbed by it. */
      silent: z.boolean().optional(),
      /** For these members of a group alone. */
      receivers: z.array(userId).min(1).max(CHAT_LIMITS.chatReceivers).optional(),
      /** Only to devices that are connected: it is kept nowhere, and has no number. */
      online: z.boolean().optional(),
      /** It was sent before, and nobody said what became of it. */
      again: z.boolean().optional(),
      ...whose,
    })
    .refine(({ online, again }) => online !== true || again !== true, { error: "what is kept nowhere cannot be known again" }),
  output: z.strictObject({ seq: number.optional(), ts: timeMs, id: z.string().optional(), duplicate: z.literal(true).optional() }),
  callers: ["user", "server"],
  ownOnly: true,
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "POST", path: MESSAGES },
});

export const messageEdit = operation({
  name: "message.edit",
  summary: "Edits a message: text and custom messages, and the ext of any. Its sender may, and servers.",
  input: z.strictObject({ ...one, content: content.optional(), ext: ext.optional(), ifVersion: number.optional() }),
  output: changed,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "PATCH", path: `${MESSAGES}/:seq` },
});

export const messageRecall = operation({
  name: "message.recall",
  summary: "Takes a message back, from everybody: its sender within two minutes, servers at any time.",
  input: z.strictObject(one),
  output: changed,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "DELETE", path: `${MESSAGES}/:seq` },
});

export const messageReact = operation({
  name: "message.react",
  summary: "Gives a message a reaction, or takes it away.",
  input: z.strictObject({ ...one, reaction, on: z.boolean() }),
  output: changed,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "PUT", path: `${MESSAGES}/:seq/reaction` },
});

export const messageReactors = operation({
  name: "message.reactors",
  summary: "Who gave a message a reaction, by time.",
  input: z.strictObject({
    ...one,
    reaction,
    skip: z.int().min(0).optional(),
    limit: z.int().min(1).max(CHAT_LIMITS.chatReactionsPage).optional(),
  }),
  output: z.strictObject({ users: z.array(z.strictObject({ user: userId, at: timeMs })), more: z.boolean() }),
  callers: ["user", "server"],
  ownOnly: true,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "GET", path: `${MESSAGES}/:seq/reactions` },
});

export const messagePin = operation({
  name: "message.pin",
  summary: "Pins a message for everybody in the conversation, or takes the pin away.",
  input: z.strictObject({ ...one, on: z.boolean() }),
  output: changed,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "PUT", path: `${MESSAGES}/:seq/pin` },
});

export const messagePins = operation({
  name: "message.pins",
  summary: "The pinned messages of a conversation, the newest pin first.",
  input: z.strictObject({ conversation, ...whose }),
  output: z.strictObject({ records: z.array(messageRecord) }),
  callers: ["user", "server"],
  ownOnly: true,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "GET", path: "/conversations/:conversation.type/:conversation.id/pins" },
});

export const messageRemove = operation({
  name: "message.remove",
  summary: "Removes messages for oneself, on all of one's devices; others keep them.",
  input: z.strictObject({ conversation, seqs: z.array(number).min(1).max(CHAT_LIMITS.chatRemovals), ...whose }),
  output: changed,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "POST", path: "/conversations/:conversation.type/:conversation.id/removals" },
});

export const messageHistory = operation({
  name: "message.history",
  summary: "A page of a conversation's messages: newest first, older than `before`; or oldest first, newer than `after`.",
  input: z
    .strictObject({
      conversation,
      before: number.optional(),
      after: seq.optional(),
      limit: z.int().min(1).max(CHAT_LIMITS.chatPage).optional(),
      types: z.array(z.enum(CONTENT_TYPES)).min(1).optional(),
      senders: z.array(userId).min(1).max(CHAT_LIMITS.chatReceivers).optional(),
      /** Unix ms: inclusive, exclusive. */
      from: timeMs.optional(),
      to: timeMs.optional(),
      ...whose,
    })
    .refine(({ before, after }) => before === undefined || after === undefined, { error: "either before or after" }),
  output: z.strictObject({
    records: z.array(messageRecord),
    /** Where the next page begins; absent: there is none. */
    next: seq.optional(),
    /** The page is as the conversation stood here. */
    upTo: seq,
  }),
  callers: ["user", "server"],
  ownOnly: true,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "GET", path: MESSAGES },
});

export const messageReceipts = operation({
  name: "message.receipts",
  summary: "Who has a message, and who has read it, its sender apart.",
  input: z.strictObject(one),
  output: z.strictObject({ delivered: z.array(userId), read: z.array(userId) }),
  callers: ["user", "server"],
  ownOnly: true,
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
  rest: { method: "GET", path: `${MESSAGES}/:seq/receipts` },
});
