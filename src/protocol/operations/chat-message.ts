import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { GROUP_LIMITS } from "../group-limits.ts";
import { seq, timeMs, userId } from "../ids.ts";
import { CONTENT_TYPES, content, conversation, ext, foundMessage, mentions, messageKey, messageRecord } from "../messages/conversation.ts";
import { CONVERSATION, changeConversation, readConversation, readOwn, where } from "./chat-operation.ts";

const number = seq.min(1);
const one = { seq: number };
/** Of the change; absent where there was nothing to change. */
const changed = z.strictObject({ version: seq.optional() });
const reaction = z
  .string()
  .min(1)
  .max(CHAT_LIMITS.chatReactionChars)
  .refine((text) => text.isWellFormed(), { error: "well-formed text" });
const page = { after: userId.optional(), limit: z.int().min(1).max(GROUP_LIMITS.receiptsPage).optional() };
/** Where the next page begins; absent: there is none. */
const next = userId.optional();
const MESSAGES = `${CONVERSATION}/messages`;

const send = changeConversation({
  name: "message.send",
  summary: "Sends a message to a conversation. It is kept, and every device of every member gets it, now or later; sent again under its key, it is there once.",
  input: {
    key: messageKey,
    content,
    ext: ext.optional(),
    /** A text that goes on: `message.append` brings more of it, and its end. */
    growing: z.boolean().optional(),
    /** Nobody is disturbed by it. */
    silent: z.boolean().optional(),
    /** They see in their lists that they were mentioned. */
    mentions: mentions.optional(),
    /** In a group: those who read it are asked to say so. */
    confirm: z.boolean().optional(),
    /** For these members of a group alone. */
    receivers: z.array(userId).min(1).max(CHAT_LIMITS.chatReceivers).optional(),
    /** Only to devices that are connected: it is kept nowhere, and has no number. */
    online: z.boolean().optional(),
    /** It was sent before, and nobody said what became of it. */
    again: z.boolean().optional(),
  },
  output: z.strictObject({
    seq: number.optional(),
    ts: timeMs,
    id: z.string().optional(),
    duplicate: z.literal(true).optional(),
    /** The app's own server has put another text in its place. */
    replaced: z.literal(true).optional(),
  }),
  rest: { method: "POST", path: MESSAGES },
});
export const messageSend = where(
  send,
  ({ online, again, growing }) => online !== true || (again !== true && growing !== true),
  "what is kept nowhere cannot be known again, or go on",
);

export const messageAppend = changeConversation({
  name: "message.append",
  summary:
    "Goes on with a text that was sent as `growing`: its sender, or a server. Answered when it is stored; what was appended already may come again. A text that nobody goes on with for 30 s has ended.",
  input: {
    ...one,
    /** How much of the text comes before, in UTF-16 units. */
    at: z.int().min(0).max(CHAT_LIMITS.chatGrownBytes),
    text: z
      .string()
      .max(CHAT_LIMITS.chatMessageBytes)
      .refine((text) => text.isWellFormed(), { error: "well-formed text" }),
    /** Nothing more comes. */
    end: z.boolean().optional(),
  },
  output: z.strictObject({
    /** Of the text as it is stored. */
    length: z.int(),
    /** Who has this number has what was appended. */
    version: seq.optional(),
  }),
  rest: { method: "POST", path: `${MESSAGES}/:seq/append` },
});

export const messageEdit = changeConversation({
  name: "message.edit",
  summary: "Edits a message: text and custom messages, and the ext of any. Its sender may, and servers.",
  input: { ...one, content: content.optional(), ext: ext.optional(), ifVersion: number.optional() },
  output: changed,
  rest: { method: "PATCH", path: `${MESSAGES}/:seq` },
});

export const messageRecall = changeConversation({
  name: "message.recall",
  summary: "Takes a message back, from everybody: its sender within two minutes, servers at any time.",
  input: one,
  output: changed,
  rest: { method: "DELETE", path: `${MESSAGES}/:seq` },
});

export const messageReact = changeConversation({
  name: "message.react",
  summary: "Gives a message a reaction, or takes it away.",
  input: { ...one, reaction, on: z.boolean() },
  output: changed,
  rest: { method: "PUT", path: `${MESSAGES}/:seq/reaction` },
});

export const messageReactors = readConversation({
  name: "message.reactors",
  summary: "Who gave a message a reaction, by time.",
  input: {
    ...one,
    reaction,
    skip: z.int().min(0).optional(),
    limit: z.int().min(1).max(CHAT_LIMITS.chatReactionsPage).optional(),
  },
  output: z.strictObject({ users: z.array(z.strictObject({ user: userId, at: timeMs })), more: z.boolean() }),
  rest: { method: "GET", path: `${MESSAGES}/:seq/reactions` },
});

export const messagePin = changeConversation({
  name: "message.pin",
  summary: "Pins a message for everybody in the conversation, or takes the pin away.",
  input: { ...one, on: z.boolean() },
  output: changed,
  rest: { method: "PUT", path: `${MESSAGES}/:seq/pin` },
});

export const messagePins = readConversation({
  name: "message.pins",
  summary: "The pinned messages of a conversation, the newest pin first.",
  input: {},
  output: z.strictObject({ records: z.array(messageRecord) }),
  rest: { method: "GET", path: `${CONVERSATION}/pins` },
});

export const messageRemove = changeConversation({
  name: "message.remove",
  summary: "Removes messages for oneself, on all of one's devices; others keep them.",
  input: { seqs: z.array(number).min(1).max(CHAT_LIMITS.chatRemovals) },
  output: changed,
  rest: { method: "POST", path: `${CONVERSATION}/removals` },
});

/** What a message has to be. */
const filters = {
  types: z.array(z.enum(CONTENT_TYPES)).min(1).optional(),
  senders: z.array(userId).min(1).max(CHAT_LIMITS.chatReceivers).optional(),
  /** Unix ms: inclusive, exclusive. */
  from: timeMs.optional(),
  to: timeMs.optional(),
};

const history = readConversation({
  name: "message.history",
  summary: "A page of a conversation's messages: newest first, older than `before`; or oldest first, newer than `after`.",
  input: {
    before: number.optional(),
    after: seq.optional(),
    limit: z.int().min(1).max(CHAT_LIMITS.chatPage).optional(),
    ...filters,
  },
  output: z.strictObject({
    records: z.array(messageRecord),
    /** Where the next page begins; absent: there is none. */
    next: seq.optional(),
    /** The page is as the conversation stood here. */
    upTo: seq,
  }),
  rest: { method: "GET", path: MESSAGES },
});
export const messageHistory = where(history, ({ before, after }) => before === undefined || after === undefined, "either before or after");

export const messageReceipts = readConversation({
  name: "message.receipts",
  summary: "How many have a message, and have read it, its sender apart; and who of a page of them, by name.",
  input: { ...one, ...page },
  output: z.strictObject({
    counts: z.strictObject({ of: z.int(), delivered: z.int(), read: z.int() }),
    delivered: z.array(userId),
    read: z.array(userId),
    next,
  }),
  rest: { method: "GET", path: `${MESSAGES}/:seq/receipts` },
});

export const messageReceiptCounts = readConversation({
  name: "message.receipt-counts",
  summary: "The same numbers for several messages at once. Those that are not there for the caller are left out.",
  input: { seqs: z.array(number).min(1).max(CHAT_LIMITS.chatReceiptCounts) },
  output: z.strictObject({ counts: z.array(z.strictObject({ seq: number, of: z.int(), delivered: z.int(), read: z.int() })) }),
  rest: { method: "POST", path: `${CONVERSATION}/receipt-counts` },
});

export const messageConfirm = changeConversation({
  name: "message.confirm",
  summary: "Says to the sender of a message in a group, who has asked for it, that it was read; with a word, if there is one. What was said first stands.",
  input: { ...one, content: z.string().max(GROUP_LIMITS.confirmationChars).optional() },
  output: z.strictObject({ count: z.int() }),
  rest: { method: "POST", path: `${MESSAGES}/:seq/confirmations` },
});

export const messageConfirmations = readConversation({
  name: "message.confirmations",
  summary: "How many have confirmed a message of a group, and a page of them by name, with what they have said.",
  input: { ...one, ...page },
  output: z.strictObject({ count: z.int(), users: z.array(z.strictObject({ user: userId, at: timeMs, content: z.string().optional() })), next }),
  rest: { method: "GET", path: `${MESSAGES}/:seq/confirmations` },
});

export const messageSearch = readOwn({
  name: "message.search",
  summary:
    "Looks for words in all of a user's conversations, or in one: the newest first, page by page. All of the words have to be there, and the beginning of the last one is enough. What was said in the last half minute may not be found yet.",
  input: {
    text: z.string().min(1).max(CHAT_LIMITS.chatSearchChars),
    conversation: conversation.optional(),
    ...filters,
    limit: z.int().min(1).max(CHAT_LIMITS.chatSearchPage).optional(),
    /** Of the page before. */
    next: z
      .string()
      .regex(/^\d{1,14}-\d{1,7}$/)
      .optional(),
  },
  output: z.strictObject({
    found: z.array(foundMessage),
    /** Where the next page begins; absent: there is none. A page may have fewer than asked for, or nothing, and another one follow. */
    next: z.string().optional(),
  }),
  rest: { method: "POST", path: "/users/:user/messages/search" },
});
