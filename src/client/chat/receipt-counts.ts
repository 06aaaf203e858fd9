import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import type { Chats } from "./chats.ts";
import type { MessageRecord } from "./message.ts";
import { isLocal } from "./message.ts";
import { handled } from "./port.ts";

/** Of those whom a message was for, its sender apart: how many there are, how many have it, and how many have read it. */
export interface ReceiptNumbers {
  readonly of: number;
  readonly delivered: number;
  readonly read: number;
}

export type Reached = "sent" | "delivered" | "read";

/** Of a conversation: all messages up to here are with all, and read by all. */
interface Marks {
  readonly delivered: number;
  readonly read: number;
}

interface Watched {
  readonly ref: ConversationRef;
  /** One's own messages that somebody looks at, by who looks. */
  readonly looks: Map<object, readonly number[]>;
  readonly counts: Map<number, ReceiptNumbers>;
  marks: Marks;
  waitMs: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  dueAt: number;
}

/** What is looked at in one stretch is asked for together. */
const SOON_MS = 300;
/** Nobody tells how many have read: it is asked again, each time that nothing has changed after twice as long. */
const AGAIN_MS = 3_000;
const AGAIN_MAX_MS = 5 * 60_000;
/** Numbers that a conversation remembers: those of its newest messages. */
const COUNTS_MAX = 200;

const RECEIPTS = "receipts ";
const NONE: Marks = { delivered: 0, read: 0 };

/** How many have one's own messages in groups: always the same object for the same chats. */
export function receiptCountsOf(chats: Chats): ReceiptCounts {
  return chats.part("receipt counts", () => new ReceiptCounts(chats));
}

/**
 * Counts who has one's own messages in groups, as long as somebody looks at them: a service that told every sender of every
 * reader would tell more of reading than of writing. At most 30 messages of a conversation are asked for, in one call, and one call at a time.
 */
export class ReceiptCounts {
  readonly #chats: Chats;
  readonly #watched = new Map<string, Watched>();
  /** Conversations whose turn it is. */
  readonly #due = new Set<string>();
  #asking = false;

  /** @internal */
  constructor(chats: Chats) {
    this.#chats = chats;
    const lively = ({ conversation }: { readonly conversation: ConversationRef }): void => this.#lives(conversation);
    chats.on("message", lively);
    chats.on("changed", lively);
    chats.on("typing", lively);
    chats.on("confirmed", lively);
    chats.on("connected", ({ connected }) => {
      if (connected) for (const key of this.#watched.keys()) this.#schedule(key, SOON_MS);
    });
  }

  /** As far as it is known. */
  of(conversation: ConversationRef, seq: number): ReceiptNumbers | undefined {
    return this.#of(conversation).counts.get(seq);
  }

  /** Where a message has got to with all whom it was for; what was not asked for is `sent`. */
  reached(conversation: ConversationRef, seq: number): Reached {
    const { marks, counts } = this.#of(conversation);
    const known = counts.get(seq);
    if (seq <= marks.read || (known !== undefined && isWhole(known, "read"))) return "read";
    return seq <= marks.delivered || (known !== undefined && isWhole(known, "delivered")) ? "delivered" : "sent";
  }

  /** Follows one's own of these messages, until the function is called that it returns. The event `receipts` tells of changes. */
  watch(conversation: ConversationRef, messages: readonly MessageRecord[]): () => void {
    const { user } = this.#chats;
    const seqs = messages.filter((one) => one.from === user && !isLocal(one) && one.recalled === undefined).map(({ seq }) => seq);
    if (seqs.length === 0) return () => {};
    const watched = this.#of(conversation);
    const key = refKey(conversation);
    const look = {};
    watched.looks.set(look, seqs);
    const news = this.#open(watched).some((seq) => !watched.counts.has(seq));
    if (news) watched.waitMs = AGAIN_MS;
    this.#schedule(key, news ? SOON_MS : watched.waitMs);
    return () => {
      watched.looks.delete(look);
      // Who looks at something else in the same moment has not gone.
      queueMicrotask(() => {
        if (watched.looks.size > 0) return;
        clearTimeout(watched.timer);
        watched.timer = undefined;
      });
    };
  }

  #of(ref: ConversationRef): Watched {
    const key = refKey(ref);
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      const kept = this.#chats.modulePort.engine().values.get(RECEIPTS + key) as Marks | undefined;
      watched = { ref, looks: new Map(), counts: new Map(), marks: kept ?? NONE, waitMs: AGAIN_MS, timer: undefined, dueAt: 0 };
      this.#watched.set(key, watched);
    }
    return watched;
  }

  /** The newest of those that are looked at and that not all have read. */
  #open({ looks, marks, counts }: Watched): number[] {
    const seqs = new Set([...looks.values()].flat());
    const open = [...seqs].filter((seq) => {
      const known = counts.get(seq);
      return seq > marks.read && (known === undefined || !isWhole(known, "read"));
    });
    return open.sort((a, b) => b - a).slice(0, CHAT_LIMITS.chatReceiptCounts);
  }

  /** Who says something has read what was there. */
  #lives(conversation: ConversationRef): void {
    const key = refKey(conversation);
    const watched = this.#watched.get(key);
    if (watched === undefined || watched.looks.size === 0) return;
    watched.waitMs = AGAIN_MS;
    this.#schedule(key, AGAIN_MS);
  }

  /** At the latest after so long. */
  #schedule(key: string, ms: number): void {
    const watched = this.#watched.get(key);
    if (watched === undefined || this.#open(watched).length === 0) return;
    const dueAt = Date.now() + ms;
    if (watched.timer !== undefined && watched.dueAt <= dueAt) return;
    clearTimeout(watched.timer);
    watched.dueAt = dueAt;
    watched.timer = setTimeout(() => {
      watched.timer = undefined;
      this.#due.add(key);
      void handled(this.#ask());
    }, ms);
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (const key of this.#due) {
        this.#due.delete(key);
        const watched = this.#watched.get(key);
        if (watched === undefined || watched.looks.size === 0 || !this.#chats.connected) continue;
        const changed = await this.#count(watched).catch(() => false);
        watched.waitMs = changed ? AGAIN_MS : Math.min(2 * watched.waitMs, AGAIN_MAX_MS);
        if (watched.looks.size > 0) this.#schedule(key, watched.waitMs);
      }
    } finally {
      this.#asking = false;
    }
  }

  /** Whether anything has changed. */
  async #count(watched: Watched): Promise<boolean> {
    const { ref, counts } = watched;
    const seqs = this.#open(watched);
    if (seqs.length === 0) return false;
    const answer: OutputOf<"message.receipt-counts"> = await this.#chats.call("message.receipt-counts", { conversation: ref, seqs });
    let changed = false;
    for (const { seq, ...now } of answer.counts) {
      const before = counts.get(seq);
      changed ||= before === undefined || before.read !== now.read || before.delivered !== now.delivered || before.of !== now.of;
      counts.set(seq, now);
    }
    for (const seq of [...counts.keys()].sort((a, b) => a - b).slice(0, Math.max(0, counts.size - COUNTS_MAX))) counts.delete(seq);
    if (!changed) return false;
    await this.#mark(watched);
    this.#chats.modulePort.emit("receipts", { conversation: ref });
    return true;
  }

  /** Who has a message has those before it. One that was for some alone says nothing of the others. */
  async #mark(watched: Watched): Promise<void> {
    const { ref, counts, marks } = watched;
    const handle = this.#chats.conversation(ref);
    let { delivered, read } = marks;
    for (const [seq, known] of counts) {
      if (seq <= read || !isWhole(known, "delivered") || (await handle.message(seq))?.receivers !== undefined) continue;
      delivered = Math.max(delivered, seq);
      if (isWhole(known, "read")) read = Math.max(read, seq);
    }
    if (delivered === marks.delivered && read === marks.read) return;
    watched.marks = { delivered, read };
    void handled(this.#chats.modulePort.engine().keep(RECEIPTS + refKey(ref), watched.marks));
  }
}

const isWhole = (numbers: ReceiptNumbers, what: "delivered" | "read"): boolean => numbers.of > 0 && numbers[what] >= numbers.of;
