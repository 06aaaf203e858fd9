import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { Content } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { isRecord } from "../../util/record.ts";
import { refusal } from "./local-messages.ts";

/** One of the messages that a combined message holds. */
export interface CombinedMessage {
  readonly from: UserId;
  /** What its sender was called by who has combined it. */
  readonly name?: string;
  readonly ts: number;
  readonly content: Content;
  /** Of a combined message: what it holds itself. */
  readonly messages?: readonly CombinedMessage[];
}

/** How the file says what it is. */
const FORMAT = "wigwag.combined/1";

export const combinedText = (messages: readonly CombinedMessage[]): string => JSON.stringify({ format: FORMAT, messages });

/** What the file of a combined message says. Others have written it: what is not in shape is left out, and so is what is beyond the bounds. */
export function combinedIn(text: string): readonly CombinedMessage[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    file = undefined;
  }
  if (!isRecord(file) || file.format !== FORMAT || !Array.isArray(file.messages)) throw refusal("bad_request", "this is no combined message");
  return messagesIn(file.messages, 1);
}

/** How many levels there are, from the messages up. */
export const levelOf = (messages: readonly CombinedMessage[]): number => 1 + Math.max(0, ...messages.map(({ messages: held }) => (held ? levelOf(held) : 0)));

export const totalOf = (messages: readonly CombinedMessage[]): number => messages.reduce((sum, { messages: held }) => sum + 1 + (held ? totalOf(held) : 0), 0);

function messagesIn(list: readonly unknown[], level: number): CombinedMessage[] {
  if (level > CHAT_LIMITS.chatCombinedLevels) return [];
  return list.slice(0, CHAT_LIMITS.chatCombined).flatMap((one): CombinedMessage[] => {
    if (!isRecord(one) || !isText(one.from) || !Number.isSafeInteger(one.ts) || !isContent(one.content)) return [];
    const { from, name, ts, content, messages } = one;
    const said = { from, ts: ts as number, content, ...(isText(name) && { name }) };
    return [content.type === "combined" ? { ...said, messages: Array.isArray(messages) ? messagesIn(messages, level + 1) : [] } : said];
  });
}

const isText = (value: unknown): value is string => typeof value === "string";
const isTextOr = (value: unknown): boolean => value === undefined || isText(value);
const isNumberOr = (value: unknown): boolean => value === undefined || typeof value === "number";

/** As far as a program reads of it. Commands are not for people. */
function isContent(value: unknown): value is Content {
  if (!isRecord(value)) return false;
  const { type, media, name, params } = value;
  switch (type) {
    case "text":
      return isText(value.text);
    case "image":
    case "audio":
    case "video":
    case "file":
      return (
        isText(media) &&
        (type === "file" ? isText(name) : isTextOr(name)) &&
        isTextOr(value.thumbnail) &&
        [value.bytes, value.width, value.height, value.durationMs].every(isNumberOr)
      );
    case "location":
      return isText(value.address) && isTextOr(value.building) && [value.latitude, value.longitude].every(Number.isFinite);
    case "custom":
      return isText(value.event) && (params === undefined || (isRecord(params) && Object.values(params).every(isText)));
    case "combined":
      return isText(value.title) && isText(value.summary) && [value.count, value.level].every(Number.isSafeInteger);
    default:
      return false;
  }
}
