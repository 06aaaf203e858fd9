import type { Content, ContentType } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { MessageRecord } from "./message.ts";
import { isShown } from "./records.ts";
import type { Found } from "./store.ts";

/** What a message has to be; of what is not said here it may be anything. */
export interface MessageFilter {
  readonly types?: readonly ContentType[] | undefined;
  readonly senders?: readonly UserId[] | undefined;
  /** Unix ms: inclusive, exclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export interface Sought extends MessageFilter {
  /** All of these words stand in it. */
  readonly words?: string | undefined;
  /** In this conversation alone, by its key. */
  readonly key?: string | undefined;
}

/** Looks at messages in any order, and keeps the newest of those that are as sought. */
export class Search {
  readonly #words: readonly string[];
  readonly #filter: MessageFilter;
  readonly #limit: number;
  /** Nothing is sought: nothing is found. */
  readonly #idle: boolean;
  #found: Found[] = [];

  constructor({ words = "", key: _, ...filter }: Sought, limit: number) {
    this.#words = wordsOf(words);
    this.#filter = filter;
    this.#limit = limit;
    this.#idle = this.#words.length === 0 && Object.values(filter).every((one) => one === undefined);
  }

  look(key: string, record: MessageRecord): void {
    const { content } = record;
    if (this.#idle || content === undefined || record.recalled !== undefined || !isShown(record) || !fits(record, content, this.#filter)) return;
    if (this.#words.length > 0 && !hasWords(textOf(content), this.#words)) return;
    this.#found.push({ key, record });
    // Sorting once in a while is cheaper than a place for each.
    if (this.#found.length >= 2 * this.#limit + SPARE) this.#found = this.#newest();
  }

  get found(): Found[] {
    return this.#newest();
  }

  #newest(): Found[] {
    return this.#found.sort((a, b) => b.record.ts - a.record.ts || b.record.seq - a.record.seq).slice(0, this.#limit);
  }
}

const SPARE = 64;

/** Wide and narrow forms, and both cases, are one. */
const folded = (text: string): string => text.normalize("NFKC").toLowerCase();

export const wordsOf = (text: string): string[] => folded(text).split(/\s+/).filter(Boolean);

export function hasWords(text: string, words: readonly string[]): boolean {
  const searched = folded(text);
  return words.every((word) => searched.includes(word));
}

const fits = ({ from: sender, ts }: MessageRecord, { type }: Content, { types, senders, from = 0, to = Number.POSITIVE_INFINITY }: MessageFilter): boolean =>
  ts >= from && ts < to && types?.includes(type) !== false && senders?.includes(sender) !== false;

/** What people would look for a message by. */
export function textOf(content: Content): string {
  switch (content.type) {
    case "text":
      return content.text;
    case "image":
    case "audio":
    case "video":
    case "file":
      return content.name ?? "";
    case "location":
      return `${content.address} ${content.building ?? ""}`;
    case "combined":
      return `${content.title} ${content.summary}`;
    case "custom":
    case "command":
      return "";
  }
}
