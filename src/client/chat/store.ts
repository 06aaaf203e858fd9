import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { Content, ConversationEntry, Ext, MessageRecord, Receipt } from "../../protocol/messages/conversation.ts";

/** What a device knows of a conversation. */
export interface LocalConversation {
  readonly conversation: ConversationRef;
  /** With a message's seq it makes its id; 0: not known yet. */
  readonly number: number;
  /** This device has all up to here. */
  readonly position: number;
  /** And all messages from here on; older ones are fetched when they are asked for. */
  readonly oldest: number;
  readonly unread: number;
  readonly receipts: readonly Receipt[];
  /** The newest message that is to be seen. */
  readonly last?: MessageRecord | undefined;
  /** Its place in the user's list; absent: it has none. */
  readonly entry?: ConversationEntry | undefined;
  /** Read here, and the service does not know it yet. */
  readonly readTo?: number | undefined;
}

/** A message on its way. */
export interface Pending {
  readonly conversation: ConversationRef;
  /** Names the message for ever: under it, it is there once. */
  readonly key: string;
  /** Its place in the outbox. */
  readonly order: number;
  readonly createdAt: number;
  readonly content: Content;
  readonly ext?: Ext | undefined;
  readonly silent?: true | undefined;
  /** It may have been sent: nobody said what became of it. */
  readonly tried?: true | undefined;
  /** Refused for good: why. */
  readonly failed?: { readonly code: string; readonly message: string } | undefined;
}

export interface Known {
  /** Of the list of conversations. */
  readonly revision: number;
  readonly conversations: readonly LocalConversation[];
  readonly outbox: readonly Pending[];
}

/** Written together, or not at all. */
export interface Writes {
  readonly revision?: number;
  readonly conversations?: readonly LocalConversation[];
  /** Messages of one conversation: all up to `clear` go, then `records` are put over whatever was there. */
  readonly messages?: { readonly key: string; readonly clear?: number; readonly records: readonly MessageRecord[] };
  readonly pending?: readonly Pending[];
  /** Keys of messages that have left the outbox. */
  readonly sent?: readonly string[];
}

/** Where a user's chats are kept on a device. What was written is there after a restart, if the store says that it keeps anything. */
export interface ChatStore {
  load(): Promise<Known>;
  write(writes: Writes): Promise<void>;
  /** Those that are there, of these. */
  records(key: string, seqs: readonly number[]): Promise<MessageRecord[]>;
  /** Older than `before`, newest first. */
  page(key: string, before: number, limit: number): Promise<MessageRecord[]>;
  close(): void;
}

/** Keeps nothing beyond the program. */
export class MemoryStore implements ChatStore {
  readonly #conversations = new Map<string, LocalConversation>();
  readonly #messages = new Map<string, Map<number, MessageRecord>>();
  readonly #outbox = new Map<string, Pending>();
  #revision = 0;

  async load(): Promise<Known> {
    return { revision: this.#revision, conversations: [...this.#conversations.values()], outbox: [...this.#outbox.values()].sort((a, b) => a.order - b.order) };
  }

  async write({ revision, conversations, messages, pending, sent }: Writes): Promise<void> {
    this.#revision = revision ?? this.#revision;
    for (const one of conversations ?? []) this.#conversations.set(refKey(one.conversation), one);
    if (messages !== undefined) {
      const { key, clear, records } = messages;
      const kept = this.#messages.get(key) ?? new Map<number, MessageRecord>();
      this.#messages.set(key, kept);
      if (clear !== undefined) for (const seq of [...kept.keys()]) if (seq <= clear) kept.delete(seq);
      for (const record of records) kept.set(record.seq, record);
    }
    for (const one of pending ?? []) this.#outbox.set(one.key, one);
    for (const key of sent ?? []) this.#outbox.delete(key);
  }

  async records(key: string, seqs: readonly number[]): Promise<MessageRecord[]> {
    const kept = this.#messages.get(key);
    return seqs.flatMap((seq) => kept?.get(seq) ?? []);
  }

  async page(key: string, before: number, limit: number): Promise<MessageRecord[]> {
    const older = [...(this.#messages.get(key)?.values() ?? [])].filter(({ seq }) => seq < before);
    return older.sort((a, b) => b.seq - a.seq).slice(0, limit);
  }

  close(): void {}
}
