import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { UserId } from "../../protocol/names.ts";
import { isCountable, isFor, type StoredMessage } from "./message.ts";
import type { ConversationStore, Unread } from "./store.ts";

interface Counted {
  /** Messages beyond this are meant. */
  readonly from: number;
  /** All up to here are counted. */
  readonly upTo: number;
  readonly unread: Unread;
}

/** Newest messages that are counted on with, instead of in the database. */
const REMEMBERED = 200;

/** Unread messages of members. Counted in the database once for each, and then on with what is said: a message to a thousand looks at no row for any of them. */
export class UnreadCounts {
  readonly #store: ConversationStore;
  readonly #counts = new Map<UserId, Counted>();
  #newest: StoredMessage[] = [];
  /** Every message beyond is among the newest. */
  #floor: number;

  constructor(store: ConversationStore, newest: number) {
    this.#store = store;
    this.#floor = newest;
  }

  said(message: StoredMessage): void {
    this.#newest.push(message);
    if (this.#newest.length <= 2 * REMEMBERED) return;
    const gone = this.#newest.splice(0, REMEMBERED);
    this.#floor = gone.at(-1)?.seq ?? this.#floor;
  }

  /** Something that was counted counts no more. `newest`: of the messages there are. */
  recount(newest: number): void {
    this.#counts.clear();
    this.#newest = [];
    this.#floor = newest;
  }

  forget(user: UserId): void {
    this.#counts.delete(user);
  }

  /** Beyond `from`. */
  of(user: UserId, from: number): Unread {
    const known = this.#counts.get(user);
    const upTo = this.#newest.at(-1)?.seq ?? this.#floor;
    const goesOn = known !== undefined && known.from === from && known.upTo >= this.#floor;
    const unread = goesOn ? this.#countOn(user, known) : from >= upTo ? NONE : this.#store.unread(user, from, CHAT_LIMITS.chatUnread);
    this.#counts.set(user, { from, upTo, unread });
    return unread;
  }

  #countOn(user: UserId, { upTo, unread }: Counted): Unread {
    let { count, mentioned } = unread;
    for (let index = this.#newest.length - 1; index >= 0; index--) {
      const message = this.#newest[index] as StoredMessage;
      if (message.seq <= upTo) break;
      if (message.from === user || !isCountable(message) || !isFor(message, user)) continue;
      count += 1;
      if (mentions(message, user)) mentioned = Math.max(mentioned ?? 0, message.seq);
    }
    // From there on it is not told which ones are meant.
    if (count > CHAT_LIMITS.chatUnread) return unread.count === CHAT_LIMITS.chatUnread ? unread : { ...unread, count: CHAT_LIMITS.chatUnread };
    return { count, ...(mentioned !== undefined && { mentioned }) };
  }
}

const NONE: Unread = { count: 0 };
const mentions = ({ mentions }: StoredMessage, user: UserId): boolean => mentions !== undefined && (mentions === "all" || mentions.includes(user));
