import { type GiftId, isGift } from "./gifts.ts";

interface Common {
  readonly key: string;
  readonly time: number;
}
export type FeedEntry = Common &
  (
    | { readonly kind: "chat"; readonly from: string; readonly text: string; failed?: boolean }
    | { readonly kind: "whisper"; readonly from: string; readonly to: string; readonly text: string; received?: boolean }
    | { readonly kind: "gift"; readonly from: string; readonly to: string; readonly gift: GiftId; count: number }
    | { readonly kind: "notice"; readonly text: string }
  );
type WithoutCommon<Entry> = Entry extends Common ? Omit<Entry, keyof Common> : never;

const ENTRIES_MAX = 200;
/** Of these a reload of the page keeps so many. */
const KEPT_MAX = 60;
/** Gifts of one kind that follow each other within this time are one line. */
const TOGETHER_MS = 4_000;

/** What has happened in the room, oldest first. */
export class Feed {
  readonly #entries: FeedEntry[] = [];
  #next = 0;

  /** `kept` is what the page before a reload had; whatever else stands there is left out. */
  constructor(kept: string | null = null) {
    for (const entry of entriesIn(kept)) this.add(entry, entry.time);
  }

  get entries(): readonly FeedEntry[] {
    return this.#entries;
  }

  /** For the page after a reload. */
  keep(): string {
    return JSON.stringify(this.#entries.slice(-KEPT_MAX));
  }

  add(entry: WithoutCommon<FeedEntry>, time: number): FeedEntry {
    const last = this.#entries.at(-1);
    if (entry.kind === "gift" && last?.kind === "gift" && time - last.time < TOGETHER_MS) {
      if (last.from === entry.from && last.to === entry.to && last.gift === entry.gift) {
        last.count += entry.count;
        return last;
      }
    }
    const added: FeedEntry = { ...entry, key: String(this.#next++), time };
    this.#entries.push(added);
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
    return added;
  }
}

function entriesIn(kept: string | null): FeedEntry[] {
  try {
    const list: unknown = JSON.parse(kept ?? "[]");
    return Array.isArray(list) ? list.slice(-KEPT_MAX).filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is FeedEntry {
  if (typeof value !== "object" || value === null) return false;
  const { kind, time, from, to, text, gift, count }: Record<string, unknown> = { ...value };
  if (typeof time !== "number") return false;
  if (kind === "notice") return isText(text);
  if (kind === "chat") return isText(from) && isText(text);
  if (kind === "whisper") return isText(from) && isText(to) && isText(text);
  return kind === "gift" && isText(from) && isText(to) && isGift(gift) && typeof count === "number";
}

const isText = (value: unknown): value is string => typeof value === "string";
