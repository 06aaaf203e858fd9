import type { ChatEntries } from "../../../domain/conversation/entries.ts";
import type { ChatMarks } from "../../../domain/conversation/user-chats.ts";
import { refKey } from "../../../protocol/conversation-name.ts";
import type { ConversationEntry } from "../../../protocol/messages/conversation.ts";
import type { DeviceId } from "../../../protocol/names.ts";

/** A step of the user's schema. */
export const CHAT_SCHEMA = `CREATE TABLE chat_entry (conversation TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE chat_device (device TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE chat_mark (device TEXT NOT NULL, conversation TEXT NOT NULL, PRIMARY KEY (device, conversation)) WITHOUT ROWID`;

/** A user's list of conversations: read once, then written through. */
export class ChatEntryTable implements ChatEntries {
  readonly #sql: SqlStorage;
  #entries: Map<string, ConversationEntry> | undefined;
  #revision = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
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
    this.#sql.exec("INSERT OR REPLACE INTO chat_entry (conversation, entry) VALUES (?, ?)", key, JSON.stringify(entry));
  }

  drop(key: string): void {
    this.#all().delete(key);
    this.#sql.exec("DELETE FROM chat_entry WHERE conversation = ?", key);
  }

  revision(): number {
    this.#all();
    return this.#revision;
  }

  #all(): Map<string, ConversationEntry> {
    if (this.#entries !== undefined) return this.#entries;
    const rows = this.#sql.exec<{ conversation: string; entry: string }>("SELECT conversation, entry FROM chat_entry").toArray();
    this.#entries = new Map(rows.map(({ conversation, entry }) => [conversation, JSON.parse(entry) as ConversationEntry]));
    for (const { revision } of this.#entries.values()) this.#revision = Math.max(this.#revision, revision);
    return this.#entries;
  }
}

/** Which devices use chat, and what they have to ask for. */
export class ChatMarkTable implements ChatMarks {
  readonly #sql: SqlStorage;
  #devices: DeviceId[] | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  devices(): readonly DeviceId[] {
    this.#devices ??= this.#sql
      .exec<{ device: string }>("SELECT device FROM chat_device ORDER BY device")
      .toArray()
      .map(({ device }) => device);
    return this.#devices;
  }

  addDevice(device: DeviceId): void {
    this.#sql.exec("INSERT OR IGNORE INTO chat_device (device) VALUES (?)", device);
    this.#devices = undefined;
  }

  dropDevice(device: DeviceId): void {
    if (!this.devices().includes(device)) return;
    this.#sql.exec("DELETE FROM chat_device WHERE device = ?", device);
    this.#sql.exec("DELETE FROM chat_mark WHERE device = ?", device);
    this.#devices = undefined;
  }

  has(device: DeviceId, key: string): boolean {
    return this.#sql.exec("SELECT 1 FROM chat_mark WHERE device = ? AND conversation = ?", device, key).toArray().length > 0;
  }

  of(device: DeviceId): ReadonlySet<string> {
    const rows = this.#sql.exec<{ conversation: string }>("SELECT conversation FROM chat_mark WHERE device = ?", device).toArray();
    return new Set(rows.map(({ conversation }) => conversation));
  }

  add(device: DeviceId, key: string): void {
    this.#sql.exec("INSERT INTO chat_mark (device, conversation) VALUES (?, ?)", device, key);
  }

  drop(device: DeviceId, key: string): void {
    if (this.has(device, key)) this.#sql.exec("DELETE FROM chat_mark WHERE device = ? AND conversation = ?", device, key);
  }
}
