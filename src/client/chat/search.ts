import type { Content, MessageRecord } from "../../protocol/messages/conversation.ts";
import { isShown } from "./records.ts";
import type { Found } from "./store.ts";

/** Looks at messages in any order, and keeps the newest in which all words stand. */
export class Search {
  readonly #words: readonly string[];
  readonly #limit: number;
  #found: Found[] = [];

  constructor(words: string, limit: number) {
    this.#words = folded(words)
      .split(/\s+/)
      .filter((word) => word !== "");
    this.#limit = limit;
  }

  look(key: string, record: MessageRecord): void {
    if (this.#words.length === 0 || record.content === undefined || record.recalled !== undefined || !isShown(record)) return;
    const text = folded(textOf(record.content));
    if (!this.#words.every((word) => text.includes(word))) return;
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
