import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { seq, timeMs, userId } from "../ids.ts";
import { content, conversation, conversationEntry, ext, messageKey, news } from "../messages/conversation.ts";
import { CONVERSATION, changeConversation, changeOwn, importConversation, readOwn, where } from "./chat-operation.ts";
import { operation } from "./operation.ts";

const nothing = z.strictObject({});
const { passing: _, ...state } = news.shape;
const synced = z.strictObject({
  ...state,
  /** There is more: ask again from `upTo`. */
  more: z.literal(true).optional(),
  /** What the device has of this conversation is out of date as a whole: these are its newest messages. */
  restart: z.literal(true).optional(),
  /** With `restart`: there are no older ones. */
  complete: z.literal(true).optional(),
});

export const conversationRead = changeConversation({
  name: "conversation.read",
  summary: "Says that the user has read a conversation up to a message. It never goes back.",
  input: { seq: seq.min(1) },
  output: z.strictObject({ version: seq.optional() }),
  rest: { method: "PUT", path: `${CONVERSATION}/read` },
});

const clear = changeConversation({
  name: "conversation.clear",
  summary: "Removes all messages up to one, or up to a moment, for oneself, on all of one's devices; others keep them.",
  input: {
    seq: seq.min(1).optional(),
    /** Unix ms, inclusive. */
    until: timeMs.optional(),
  },
  output: z.strictObject({ version: seq.optional() }),
  rest: { method: "PUT", path: `${CONVERSATION}/clear` },
});
export const conversationClear = where(clear, ({ seq, until }) => (seq === undefined) !== (until === undefined), "either seq or until");

export const conversationClearAll = changeOwn({
  name: "conversation.clear-all",
  summary: "Removes all messages of all one's conversations for oneself, page by page; others keep them.",
  input: {
    /** Takes the conversations off one's list, too. */
    list: z.boolean().optional(),
    /** Of the page before. */
    next: z.string().max(CHAT_LIMITS.chatCursorChars).optional(),
  },
  output: z.strictObject({
    cleared: z.int(),
    /** Those that cannot be reached now. */
    failed: z.array(conversation),
    /** Where the next page begins; absent: there is none. */
    next: z.string().optional(),
  }),
  rest: { method: "PUT", path: "/users/:user/conversations/clear" },
});

export const conversationImport = importConversation({
  name: "conversation.import",
  summary:
    "Brings in messages from elsewhere, with their own times: oldest first, and before others are sent, since they get the next numbers. One that is there already under its key is not brought in again.",
  input: {
    messages: z
      .array(
        z.strictObject({
          from: userId,
          key: messageKey,
          content,
          ext: ext.optional(),
          /** When it was sent, unix ms. */
          ts: timeMs,
          /** It was read, and counts as unread no more. */
          read: z.boolean().optional(),
        }),
      )
      .min(1)
      .max(CHAT_LIMITS.chatImports),
  },
  output: z.strictObject({ messages: z.array(z.strictObject({ seq: seq.min(1), id: z.string(), duplicate: z.literal(true).optional() })) }),
  rest: { method: "POST", path: `${CONVERSATION}/import` },
});

export const conversationTyping = operation({
  name: "conversation.typing",
  summary: "Tells the others, as far as they are connected, that the user is typing, or no longer.",
  input: z.strictObject({ conversation, on: z.boolean() }),
  output: nothing,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "conversation", key: (input) => input.conversation },
});

export const conversationList = readOwn({
  name: "conversation.list",
  summary:
    "A user's conversations as they have changed since a revision. A device that asks on its session is from then on told what is new, and learns which of them it has to `sync`.",
  input: { since: z.int().min(0).optional() },
  idempotence: "idempotent",
  output: z.strictObject({
    entries: z.array(conversationEntry),
    /** Of the newest change in these; ask again from there while `more`. */
    revision: z.int(),
    more: z.boolean(),
    /** What this device has of these may not be all. */
    behind: z.array(conversation),
  }),
  rest: { method: "GET", path: "/users/:user/conversations" },
});

export const conversationConfigure = changeOwn({
  name: "conversation.configure",
  summary: "Pins a conversation in one's list, marks it, or keeps it from disturbing.",
  input: {
    conversation,
    pinned: z.boolean().optional(),
    marks: z
      .array(
        z
          .int()
          .min(0)
          .max(CHAT_LIMITS.chatMarks - 1),
      )
      .max(CHAT_LIMITS.chatMarks)
      .optional(),
    /** Until when it disturbs nobody, unix ms; 0: for ever; null: it does again. */
    mutedUntil: timeMs.nullable().optional(),
  },
  output: z.strictObject({ entry: conversationEntry }),
  rest: { method: "PATCH", path: `/users/:user${CONVERSATION}` },
});

export const conversationRemove = changeOwn({
  name: "conversation.remove",
  summary: "Takes a conversation off one's list, until something new comes. Its messages stay.",
  input: { conversation },
  output: z.strictObject({ entry: conversationEntry }),
  rest: { method: "DELETE", path: `/users/:user${CONVERSATION}` },
});

export const conversationSync = operation({
  name: "conversation.sync",
  summary: "What is new in conversations since a device was up to date; what is not there yet, or no longer, it leaves out.",
  input: z.strictObject({
    conversations: z
      .array(z.strictObject({ conversation, since: seq.optional() }))
      .min(1)
      .max(CHAT_LIMITS.chatSyncConversations),
  }),
  output: z.strictObject({
    conversations: z.array(synced),
    /** Those that cannot be reached now. */
    failed: z.array(conversation),
  }),
  callers: ["user"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "session" },
});

export const conversationReceived = operation({
  name: "conversation.received",
  summary: "The device has all of these conversations up to these numbers.",
  input: z.strictObject({
    conversations: z
      .array(z.strictObject({ conversation, upTo: seq }))
      .min(1)
      .max(CHAT_LIMITS.chatConversationsPage),
  }),
  output: nothing,
  callers: ["user"],
  rate: "message",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});
