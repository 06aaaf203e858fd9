import { type Briefable, briefText } from "../../protocol/brief.ts";
import { type Page, parseItems, serializeItem } from "../stream/page.ts";

/** Messages one behind the other, as items in short. */
export function briefItems(messages: Iterable<Briefable>): string {
  let text = "";
  let before: Briefable | undefined;
  for (const message of messages) {
    const item = briefText(message, before) ?? serializeItem({ ...message, stored: message.stored === true }, message.seq);
    text += text === "" ? item : `,${item}`;
    before = message;
  }
  return text;
}

/** The same of pages that are serialised in full. */
export const briefPages = (pages: readonly Pick<Page, "items" | "bin">[]): string => briefItems(pages.flatMap(parseItems));
