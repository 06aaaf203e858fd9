import { Conversation } from "./conversation.ts";
import type { TextEntry } from "./entry.ts";

/**
 * What a reload must not lose. Rooms have a history at the service; talks with people are kept here, in this tab alone,
 * which is why two windows can be two people.
 */
const CONVERSATIONS_MAX = 20;
const MESSAGES_MAX = 100;

interface Kept {
  readonly talks: readonly { readonly name: string; readonly messages: readonly TextEntry[] }[];
  /** The last thing seen in the room, by the service's clock. */
  readonly roomSeen: number;
}

const place = (user: string, room: string): string => `wigwag-demo:transcript:${JSON.stringify([user, room])}`;

export function keepTranscript(user: string, room: string, talks: readonly Conversation[], roomSeen: number): void {
  const kept: Kept = {
    talks: talks.slice(0, CONVERSATIONS_MAX).map(({ name, entries }) => ({
      name,
      messages: entries.filter((entry) => entry.kind === "text").slice(-MESSAGES_MAX),
    })),
    roomSeen,
  };
  try {
    sessionStorage.setItem(place(user, room), JSON.stringify(kept));
  } catch {
    // Storage is full or forbidden: then a reload starts afresh.
  }
}

export function readTranscript(user: string, room: string): { talks: Conversation[]; roomSeen: number | undefined } {
  const kept = read(place(user, room));
  if (kept === undefined) return { talks: [], roomSeen: undefined };
  const talks = kept.talks.map(({ name, messages }) => {
    const talk = new Conversation("peer", name);
    for (const message of messages) talk.add({ ...message, missed: false, ...(isOpen(message) && FORGOTTEN) });
    return talk;
  });
  return { talks, roomSeen: kept.roomSeen };
}

/** A message that was on its way when the page went. */
const isOpen = ({ delivery }: TextEntry): boolean => delivery?.at === "sending";
const FORGOTTEN = { delivery: { at: "failed", why: "The page was left before an answer came." } } as const;

/** Only this page writes there, so what is of the right sort is its own. */
function read(key: string): Kept | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
    return isKept(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

const isKept = (value: unknown): value is Kept =>
  typeof value === "object" && value !== null && "talks" in value && Array.isArray(value.talks) && "roomSeen" in value;
