import type { GiftId } from "./gifts.ts";

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
/** Gifts of one kind that follow each other within this time are one line. */
const TOGETHER_MS = 4_000;

/** What has happened in the room, oldest first. */
export class Feed {
  readonly #entries: FeedEntry[] = [];
  #next = 0;

  get entries(): readonly FeedEntry[] {
    return this.#entries;
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
