import type { ChatEntries } from "../../../domain/conversation/entries.ts";
import type { ChatMarks } from "../../../domain/conversation/user-chats.ts";
import { refKey } from "../../../protocol/conversation-name.ts";
import type { ConversationEntry } from "../../../protocol/messages/conversation.ts";
import type { DeviceId } from "../../../protocol/names.ts";
import type { UserTables } from "./schema.ts";

/** A user's list of conversations: read once, then written through. */
export class ChatEntryTable implements ChatEntries {
  readonly #tables: UserTables;
  #entries: Map<string, ConversationEntry> | undefined;
  #revision = 0;

  constructor(tables: UserTables) {
    this.#tables = tables;
  }

  all(): readonly ConversationEntry[] {
    return [...this.#all().values()];
  }

  get(key: string): ConversationEntry | undefined {
    return this.#all().get(key);
  }

  put(entry: ConversationEntry): void {
    const key = refKey(entry.conversation);
    this.#all().set(key, entry);
    this.#revision = Math.max(this.#revision, entry.revision);
    this.#tables.write("chat_entry", "INSERT OR REPLACE INTO chat_entry (conversation, entry) VALUES (?, ?)", key, JSON.stringify(entry));
  }

  drop(key: string): void {
    this.#all().delete(key);
    this.#tables.change("chat_entry", "DELETE FROM chat_entry WHERE conversation = ?", key);
  }

  revision(): number {
    this.#all();
    return this.#revision;
  }

  #all(): Map<string, ConversationEntry> {
    if (this.#entries !== undefined) return this.#entries;
    const rows = this.#tables.read<{ conversation: string; entry: string }>("chat_entry", "SELECT conversation, entry FROM chat_entry");
    this.#entries = new Map(rows.map(({ conversation, entry }) => [conversation, JSON.parse(entry) as ConversationEntry]));
    for (const { revision } of this.#entries.values()) this.#revision = Math.max(this.#revision, revision);
    return this.#entries;
  }
}

/** Which devices use chat, and what they have to ask for. */
export class ChatMarkTable implements ChatMarks {
  readonly #tables: UserTables;
  #devices: DeviceId[] | undefined;

  constructor(tables: UserTables) {
    this.#tables = tables;
  }

  devices(): readonly DeviceId[] {
    this.#devices ??= this.#tables.read<{ device: string }>("chat_device", "SELECT device FROM chat_device ORDER BY device").map(({ device }) => device);
    return this.#devices;
  }

  addDevice(device: DeviceId): void {
    this.#tables.write("chat_device", "INSERT OR IGNORE INTO chat_device (device) VALUES (?)", device);
    this.#devices = undefined;
  }

  dropDevice(device: DeviceId): void {
    if (!this.devices().includes(device)) return;
    this.#tables.change("chat_device", "DELETE FROM chat_device WHERE device = ?", device);
    this.#tables.change("chat_mark", "DELETE FROM chat_mark WHERE device = ?", device);
    this.#devices = undefined;
  }

  has(device: DeviceId, key: string): boolean {
    return this.#tables.read("chat_mark", "SELECT 1 FROM chat_mark WHERE device = ? AND conversation = ?", device, key).length > 0;
  }

  of(device: DeviceId): ReadonlySet<string> {
    const rows = this.#tables.read<{ conversation: string }>("chat_mark", "SELECT conversation FROM chat_mark WHERE device = ?", device);
    return new Set(rows.map(({ conversation }) => conversation));
  }

  add(device: DeviceId, key: string): void {
    this.#tables.write("chat_mark", "INSERT INTO chat_mark (device, conversation) VALUES (?, ?)", device, key);
  }

  drop(device: DeviceId, key: string): void {
    if (this.has(device, key)) this.#tables.change("chat_mark", "DELETE FROM chat_mark WHERE device = ? AND conversation = ?", device, key);
  }
}
