import { type Chats, type ConversationRef, combine, forward, type MessageRecord } from "../../client/chat/index.ts";
import { preview } from "./format.ts";
import type { Say } from "./words.ts";

const FORWARDED = { ext: { forwarded: true } };
/** Of a combined message, what is seen before it is opened. */
const LINES = 3;
const LINE_CHARS = 80;

/** The same content to somebody else, one message after the other. */
export async function forwardEach(chats: Chats, messages: readonly MessageRecord[], to: ConversationRef): Promise<void> {
  for (const { content } of messages) if (content !== undefined) await forward(chats, content, to, FORWARDED);
}

export interface Combining {
  readonly title: string;
  readonly say: Say;
  nameOf(user: string): string;
}

/** Several messages as one that holds them. */
export async function forwardCombined(chats: Chats, messages: readonly MessageRecord[], to: ConversationRef, { title, say, nameOf }: Combining): Promise<void> {
  const lines = messages.slice(0, LINES).map(({ from, content }) => cut(`${nameOf(from)}: ${preview(content, say)}`));
  const summary = lines.join("\n");
  await combine(chats, messages, to, { title, summary, fallback: `${title}\n${summary}`, nameOf });
}

const cut = (line: string): string => {
  const chars = [...line.replace(/\s+/g, " ")];
  return chars.length > LINE_CHARS ? `${chars.slice(0, LINE_CHARS - 1).join("")}…` : chars.join("");
};
