import * as z from "zod";
import { utf8Bytes } from "../../util/text.ts";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { seq, timeMs, userId } from "../ids.ts";
import { utf8Text } from "../text.ts";
import { groupEvent } from "./group.ts";

export const conversation = z.strictObject({
  type: z.enum(["single", "group", "thread"]),
  /** The other user, the group, or the thread. */
  id: userId,
});

/** What the sender's device calls a message. */
export const messageKey = z
  .string()
  .max(CHAT_LIMITS.chatKeyChars)
  .regex(/^[\w.~-]+$/, { error: `a key has 1 to ${CHAT_LIMITS.chatKeyChars} of A-Z a-z 0-9 . _ ~ -` });

const media = z.string().min(1).max(CHAT_LIMITS.chatMediaChars);
const name = utf8Text(CHAT_LIMITS.chatNameBytes);
const bytes = z.int().min(0);
const pixels = z.int().min(1).max(100_000);
const durationMs = z.int().min(0);
const params = z.record(z.string(), z.string()).refine((map) => Object.keys(map).length <= CHAT_LIMITS.chatParams, {
  error: `at most ${CHAT_LIMITS.chatParams} parameters`,
  params: { limit: CHAT_LIMITS.chatParams },
});

/** What a message says. Files are uploaded before, and named by their media id or an address. */
export const content = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string() }),
  z.strictObject({
    type: z.literal("image"),
    media,
    name: name.optional(),
    bytes: bytes.optional(),
    width: pixels.optional(),
    height: pixels.optional(),
    thumbnail: media.optional(),
  }),
  z.strictObject({ type: z.literal("audio"), media, name: name.optional(), bytes: bytes.optional(), durationMs: durationMs.optional() }),
  z.strictObject({
    type: z.literal("video"),
    media,
    name: name.optional(),
    bytes: bytes.optional(),
    durationMs: durationMs.optional(),
    width: pixels.optional(),
    height: pixels.optional(),
    thumbnail: media.optional(),
  }),
  z.strictObject({ type: z.literal("file"), media, name, bytes: bytes.optional() }),
  z.strictObject({
    type: z.literal("location"),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    address: z.string(),
    building: z.string().optional(),
  }),
  /** For programs: it is no part of what people see, so it does not count as unread, and is neither edited nor recalled. */
  z.strictObject({ type: z.literal("command"), action: z.string().min(1), params: params.optional() }),
  z.strictObject({
    type: z.literal("custom"),
    event: z
      .string()
      .max(CHAT_LIMITS.chatEventChars)
      .regex(/^[\w./-]+$/),
    params: params.optional(),
  }),
  /** Several messages passed on as one: the file holds them. */
  z.strictObject({
    type: z.literal("combined"),
    media,
    title: z.string(),
    summary: z.string(),
    /** For clients that know no combined messages. */
    fallback: z.string().optional(),
    count: z.int().min(1).max(CHAT_LIMITS.chatCombined),
    level: z.int().min(1).max(CHAT_LIMITS.chatCombinedLevels),
  }),
]);
export type Content = z.infer<typeof content>;
export type ContentType = Content["type"];
export const CONTENT_TYPES = ["text", "image", "audio", "video", "file", "location", "command", "custom", "combined"] as const satisfies readonly ContentType[];

/** The program's own, beside any content. */
export type Ext = Record<string, unknown>;
export const ext: z.ZodType<Ext> = z.record(z.string(), z.unknown());

/** Content and ext together. Refused as `too_large`. */
export const fitsMessage = (parts: { readonly content?: unknown; readonly ext?: unknown }, bytes: number): boolean =>
  [parts.content, parts.ext].every((part) => part === undefined || JSON.stringify(part).isWellFormed()) &&
  [parts.content, parts.ext].reduce<number>((sum, part) => sum + (part === undefined ? 0 : utf8Bytes(JSON.stringify(part))), 0) <= bytes;

/** Whom a message mentions: some of those who get it, or all. */
export const mentions = z.union([z.literal("all"), z.array(userId).min(1).max(CHAT_LIMITS.chatReceivers)]);
export type Mentions = z.infer<typeof mentions>;

const act = z.strictObject({ by: userId, at: timeMs });

export const reactionSummary = z.strictObject({
  reaction: z.string(),
  count: z.int(),
  /** The first of them. */
  users: z.array(userId),
  /** The reader is among them. */
  mine: z.literal(true).optional(),
});
export type ReactionSummary = z.infer<typeof reactionSummary>;

/**
 * A message as it stands now, for one reader. A record replaces an older one (a lower `version`) of the same seq, whatever
 * the order in which they come; fields that are not there are not.
 */
export const messageRecord = z.strictObject({
  seq,
  /** The number of its last change in the same count as `seq`: its own seq if nothing has changed. */
  version: seq,
  from: userId,
  ts: timeMs,
  key: messageKey,
  /** Absent once recalled, or removed for the reader. */
  content: content.optional(),
  ext: ext.optional(),
  silent: z.literal(true).optional(),
  /** It is for these alone. */
  receivers: z.array(userId).optional(),
  mentions: mentions.optional(),
  /** Those who read it are asked to say so: `message.confirm`. */
  confirm: z.literal(true).optional(),
  edited: z.strictObject({ ...act.shape, times: z.int() }).optional(),
  recalled: act.optional(),
  pinned: act.optional(),
  reactions: z.array(reactionSummary).optional(),
  /** Removed by the reader, for the reader. */
  removed: z.literal(true).optional(),
  /** More of its text will come. */
  growing: z.literal(true).optional(),
  /** More should have come, and did not. */
  cut: z.literal(true).optional(),
  /** The reader has all but what was appended: behind the first `at` UTF-16 units of its text stands `text`. `content`, `ext` and `edited` are as the reader has them. */
  grows: z.strictObject({ at: z.int().min(0), text: z.string() }).optional(),
  /** Only reactions and pin have changed: content, ext and `edited` are as the reader has them. */
  face: z.literal(true).optional(),
});
export type MessageRecord = z.infer<typeof messageRecord>;

/** A message somewhere in a user's conversations. */
export const foundMessage = z.strictObject({ conversation, id: z.string(), record: messageRecord });
export type FoundMessage = z.infer<typeof foundMessage>;

/** How far a member's devices have the messages, and how far its user has read them. */
export const receipt = z.strictObject({ user: userId, delivered: seq, read: seq });
export type Receipt = z.infer<typeof receipt>;

/** What is told once and kept nowhere. */
export const passing = z.union([
  z.strictObject({ kind: z.literal("typing"), from: userId, on: z.boolean() }),
  z.strictObject({ kind: z.literal("message"), from: userId, ts: timeMs, key: messageKey, content, ext: ext.optional() }),
  /** To the sender of a message: somebody has confirmed it, and so many have by now. */
  z.strictObject({ kind: z.literal("confirmed"), from: userId, seq, count: z.int(), content: z.string().optional() }),
  /** `from`: who did it; absent: a server. */
  z.strictObject({ kind: z.literal("group"), from: userId.optional(), event: groupEvent }),
]);
export type Passing = z.infer<typeof passing>;

/** What is new in a conversation: it speaks for all that came after `after` up to `upTo`. */
export const news = z.strictObject({
  conversation,
  /** With `seq` it makes a message's id. */
  number: z.int(),
  after: seq,
  upTo: seq,
  records: z.array(messageRecord),
  receipts: z.array(receipt),
  /** Messages up to here are cleared for the reader. */
  cleared: seq,
  /** Unread messages of the reader at `upTo`, at most 1,000. */
  unread: z.int(),
  /** The newest of them that mentions the reader. */
  mentioned: seq.optional(),
  /** Of a group: since which number the reader is a member. */
  entered: seq.optional(),
  passing: z.array(passing).optional(),
});
export type News = z.infer<typeof news>;

/** One conversation in a user's list. */
export const conversationEntry = z.strictObject({
  conversation,
  /** Rises with every change of any entry of the user. */
  revision: z.int(),
  /** About when it was used last. */
  activeAt: timeMs,
  pinnedAt: timeMs.optional(),
  marks: z.array(z.int()).optional(),
  /** Until when it disturbs nobody; 0: for ever. */
  mutedUntil: timeMs.optional(),
  /** Taken off the list; what comes later puts it back. */
  removed: z.literal(true).optional(),
  /** Of a group: since which of its numbers the user is a member, or up to which it was one. */
  entered: seq.optional(),
  left: seq.optional(),
});
export type ConversationEntry = z.infer<typeof conversationEntry>;
