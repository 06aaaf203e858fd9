import type { Entry, ImageEntry, SpokenEntry } from "./entry.ts";

/** Older ones leave the page: it is a window on the conversation, not its archive. */
const ENTRIES_MAX = 500;

/** The room, or the talk with one person: what was said, in the order in which the service has it. */
export class Conversation {
  readonly kind: "room" | "peer";
  readonly name: string;
  readonly entries: Entry[] = [];
  unread = 0;
  /** Until then the other one is writing. */
  typingUntil = 0;
  draft = "";

  constructor(kind: "room" | "peer", name: string) {
    this.kind = kind;
    this.name = name;
  }

  get id(): string {
    return `${this.kind}:${this.name}`;
  }

  get last(): SpokenEntry | undefined {
    return this.entries.findLast((entry) => entry.kind !== "notice");
  }

  has(key: string): boolean {
    return this.entries.some((entry) => entry.key === key);
  }

  add(entry: Entry): void {
    if (this.has(entry.key)) return;
    this.entries.push(entry);
    if (this.entries.length > ENTRIES_MAX) this.#forget(this.entries.shift());
  }

  /** Puts an entry where its time says: only now is the service's known, or it comes from history. */
  place(entry: SpokenEntry): void {
    const known = this.entries.indexOf(entry);
    if (known >= 0) this.entries.splice(known, 1);
    else if (this.has(entry.key)) return;
    let at = this.entries.length;
    while (at > 0 && isLater(this.entries[at - 1], entry)) at--;
    this.entries.splice(at, 0, entry);
    if (this.entries.length > ENTRIES_MAX) this.#forget(this.entries.shift());
  }

  #forget(entry: Entry | undefined): void {
    if (entry?.kind === "image") releaseImage(entry);
  }
}

/** What has no time of the service's yet stays below. */
function isLater(entry: Entry | undefined, than: SpokenEntry): boolean {
  if (entry === undefined) return false;
  const unsettled = entry.kind !== "notice" && (entry.delivery?.at === "sending" || entry.delivery?.at === "failed");
  return unsettled || entry.time > than.time;
}

export function releaseImage(entry: ImageEntry): void {
  if (entry.url !== undefined) URL.revokeObjectURL(entry.url);
  delete entry.url;
}
