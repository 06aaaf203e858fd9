import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { ConversationRef } from "../../protocol/conversation-name.ts";
import type { Content } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { eachBounded } from "../../util/each-bounded.ts";
import type { Media } from "../media/media.ts";
import { audienceOf } from "./audience.ts";
import type { Chats } from "./chats.ts";
import { type CombinedMessage, combinedIn, combinedText, levelOf, totalOf } from "./combined-file.ts";
import { refusal } from "./local-messages.ts";
import type { SendOptions } from "./manner.ts";
import type { MessageRecord } from "./message.ts";
import type { Outgoing } from "./outbox.ts";

export type { CombinedMessage };
export type CombinedContent = Extract<Content, { type: "combined" }>;

/** Messages of all levels together, and bytes of the file that holds them: it is read whole. */
const TOTAL_MAX = 3_000;
const BYTES_MAX = 8 * 1024 * 1024;
/** Calls under way at once: each file gets a media id for those who will read it. */
const AT_ONCE = 4;

export interface CombineOptions extends SendOptions {
  /** What stands on it. */
  readonly title: string;
  /** What is seen of it before it is opened. */
  readonly summary: string;
  /** For programs that know no combined messages. */
  readonly fallback?: string;
  /** What senders are called in it; default: their ids alone. */
  readonly nameOf?: (user: UserId) => string;
}

/**
 * Sends several messages as one, which holds them: up to 300, some of which may hold others, ten levels deep. Those without content, as recalled ones, are left out.
 * Files in them are not uploaded again: they get media ids for those who have that conversation, so it needs a connection.
 *
 * @example
 * const chosen = await chats.conversation("bob").messages({ limit: 10 });
 * await combine(chats, chosen.reverse(), "cho", { title: "Ann and Bob", summary: "Ann: lunch?" });
 */
export async function combine(
  chats: Chats,
  messages: readonly MessageRecord[],
  to: string | ConversationRef,
  { title, summary, fallback, nameOf, ...options }: CombineOptions,
): Promise<Outgoing> {
  const { ref } = chats.conversation(to);
  const held = messages.flatMap(({ from, ts, content }) => (content === undefined || content.type === "command" ? [] : [{ from, ts, content }]));
  if (held.length === 0) throw refusal("bad_request", "there is nothing to combine");
  if (held.length > CHAT_LIMITS.chatCombined) throw refusal("limit_exceeded", `at most ${CHAT_LIMITS.chatCombined} messages are combined`);
  const items = await eachBounded(held, AT_ONCE, async ({ content, ...said }): Promise<CombinedMessage> => {
    const item = { ...said, ...(nameOf !== undefined && { name: nameOf(said.from) }), content };
    return content.type === "combined" ? { ...item, messages: await openCombined(chats, content) } : item;
  });
  return sendCombined(chats, items, ref, { type: "combined", title, summary, ...(fallback !== undefined && { fallback }) }, options);
}

/** What a combined message holds, oldest first as it was made. What in it is not in shape is left out. */
export async function openCombined(chats: Chats, content: CombinedContent): Promise<readonly CombinedMessage[]> {
  const file = await mediaOf(chats).download(content.media);
  if (file.size > BYTES_MAX) throw refusal("too_large", `a combined message has at most ${BYTES_MAX} bytes`);
  return combinedIn(await file.text());
}

/**
 * The same content to somebody else. Files are not uploaded again: they get media ids for those who have that conversation, also those in a combined message.
 */
export async function forward(chats: Chats, content: Content, to: string | ConversationRef, options: SendOptions = {}): Promise<Outgoing> {
  const { ref } = chats.conversation(to);
  if (content.type !== "combined") return chats.conversation(ref).send(await readdressed(chats, content, ref), options);
  const { media: _, count: _count, level: _level, ...face } = content;
  return sendCombined(chats, await openCombined(chats, content), ref, face, options);
}

async function sendCombined(
  chats: Chats,
  messages: readonly CombinedMessage[],
  to: ConversationRef,
  face: Omit<CombinedContent, "media" | "count" | "level">,
  options: SendOptions,
): Promise<Outgoing> {
  const level = levelOf(messages);
  if (level > CHAT_LIMITS.chatCombinedLevels) throw refusal("limit_exceeded", `at most ${CHAT_LIMITS.chatCombinedLevels} levels`);
  if (totalOf(messages) > TOTAL_MAX) throw refusal("limit_exceeded", `at most ${TOTAL_MAX} messages on all levels`);
  const file = new Blob([combinedText(await allReaddressed(chats, messages, to))], { type: "application/json" });
  if (file.size > BYTES_MAX) throw refusal("too_large", `a combined message has at most ${BYTES_MAX} bytes`);
  return chats.conversation(to).sendFile(file, { ...face, count: messages.length, level }, options);
}

const allReaddressed = (chats: Chats, messages: readonly CombinedMessage[], to: ConversationRef): Promise<CombinedMessage[]> =>
  eachBounded(messages, AT_ONCE, async (one) => {
    if (one.content.type === "combined") {
      // What it holds stands beside it: its own file is for others.
      return { ...one, content: { ...one.content, media: "" }, messages: await allReaddressed(chats, one.messages ?? [], to) };
    }
    return { ...one, content: await readdressed(chats, one.content, to) };
  });

async function readdressed<One extends Content>(chats: Chats, content: One, to: ConversationRef): Promise<One> {
  if (!("media" in content)) return content;
  const { media } = content;
  const thumbnail = "thumbnail" in content ? content.thumbnail : undefined;
  const address = (id: string): Promise<string> | string => (isAddress(id) ? id : mediaOf(chats).addressed(id, audienceOf(to)));
  return { ...content, media: await address(media), ...(thumbnail !== undefined && { thumbnail: await address(thumbnail) }) };
}

/** Of a file elsewhere. */
const isAddress = (media: string): boolean => media.includes("://");

function mediaOf(chats: Chats): Media {
  const { media } = chats;
  if (media === undefined) throw Object.assign(new Error("there is no connection, or openChat was not given `media`"), { code: "unavailable", retry: "later" });
  return media;
}
