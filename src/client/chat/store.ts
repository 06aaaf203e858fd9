import { type ConversationRef, refKey } from "../../protocol/conversation-name.ts";
import type { Content, ConversationEntry, Ext, Receipt } from "../../protocol/messages/conversation.ts";
import type { Manner } from "./manner.ts";
import type { MessageRecord } from "./message.ts";
import { Search, type Sought } from "./search.ts";

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
  /** The newest unread message that mentions this user. */
  readonly mentioned?: number | undefined;
  readonly receipts: readonly Receipt[];
  /** The newest message that is to be seen. */
  readonly last?: MessageRecord | undefined;
  /** Its place in the user's list; absent: it has none. */
  readonly entry?: ConversationEntry | undefined;
  /** Read here, and the service does not know it yet. */
  readonly readTo?: number | undefined;
  /** Some of its messages are of this device alone, or have a note. */
  readonly local?: true | undefined;
  /** The program's own, on this device alone. */
  readonly custom?: Ext | undefined;
}

/** A message on its way. */
export interface Pending extends Manner {
  readonly conversation: ConversationRef;
  /** Names the message for ever: under it, it is there once. */
  readonly key: string;
  /** Its place in the outbox. */
  readonly order: number;
  readonly createdAt: number;
  /** Of a file that is not up yet, `media` is empty. */
  readonly content: Content;
  /** To be uploaded first. */
  readonly file?: Blob | undefined;
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
  /** What else is kept, by name. */
  readonly values: ReadonlyMap<string, unknown>;
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
  /** Put under their names; undefined removes. */
  readonly values?: readonly (readonly [name: string, value: unknown])[];
}

export interface Found {
  /** Of the conversation. */
  readonly key: string;
  readonly record: MessageRecord;
}

/** Where a user's chats are kept on a device. What was written is there after a restart, if the store says that it keeps anything. */
export interface ChatStore {
  load(): Promise<Known>;
  write(writes: Writes): Promise<void>;
  /** Those that are there, of these. */
  records(key: string, seqs: readonly number[]): Promise<MessageRecord[]>;
  /** Older than `before`, newest first. */
  page(key: string, before: number, limit: number): Promise<MessageRecord[]>;
  /** Newer than `after`, oldest first. */
  newer(key: string, after: number, limit: number): Promise<MessageRecord[]>;
  /** Messages of one conversation, or of all, that are as sought, newest first. */
  search(sought: Sought, limit: number): Promise<Found[]>;
  close(): void;
}

/** Keeps nothing beyond the program. */
export class MemoryStore implements ChatStore {
  readonly #conversations = new Map<string, LocalConversation>();
  readonly #messages = new Map<string, Map<number, MessageRecord>>();
  readonly #outbox = new Map<string, Pending>();
  readonly #values = new Map<string, unknown>();
  #revision = 0;

  async load(): Promise<Known> {
    const outbox = [...this.#outbox.values()].sort((a, b) => a.order - b.order);
    return { revision: this.#revision, conversations: [...this.#conversations.values()], outbox, values: new Map(this.#values) };
  }

  async write({ revision, conversations, messages, pending, sent, values }: Writes): Promise<void> {
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
    for (const [name, value] of values ?? []) {
      if (value === undefined) this.#values.delete(name);
      else this.#values.set(name, value);
    }
  }

  async records(key: string, seqs: readonly number[]): Promise<MessageRecord[]> {
    const kept = this.#messages.get(key);
    return seqs.flatMap((seq) => kept?.get(seq) ?? []);
  }

  async page(key: string, before: number, limit: number): Promise<MessageRecord[]> {
    const older = [...(this.#messages.get(key)?.values() ?? [])].filter(({ seq }) => seq < before);
    return older.sort((a, b) => b.seq - a.seq).slice(0, limit);
  }

  async newer(key: string, after: number, limit: number): Promise<MessageRecord[]> {
    const newer = [...(this.#messages.get(key)?.values() ?? [])].filter(({ seq }) => seq > after);
    return newer.sort((a, b) => a.seq - b.seq).slice(0, limit);
  }

  async search(sought: Sought, limit: number): Promise<Found[]> {
    const search = new Search(sought, limit);
    for (const [key, kept] of this.#messages) if (sought.key === undefined || sought.key === key) for (const record of kept.values()) search.look(key, record);
    return search.found;
  }

  close(): void {}
}
