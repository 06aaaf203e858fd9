import { refKey } from "../../protocol/conversation-name.ts";
import type { MessageRecord } from "../../protocol/messages/conversation.ts";
import type { ChatStore, Known, LocalConversation, Pending, Writes } from "./store.ts";

const VERSION = 1;
const LIST = "list";
const STORES = ["list", "conversations", "messages", "outbox"];

/**
 * Keeps a user's chats in the browser's IndexedDB, one database for each app and user.
 *
 * @example
 * const chats = await openChat(me, { store: await indexedStore(`chat ${app} ${me.user}`) });
 */
export async function indexedStore(name: string): Promise<ChatStore> {
  const opening = indexedDB.open(name, VERSION);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("list");
    opening.result.createObjectStore("conversations");
    opening.result.createObjectStore("messages");
    opening.result.createObjectStore("outbox");
  };
  return new IndexedStore(await done(opening));
}

class IndexedStore implements ChatStore {
  readonly #db: IDBDatabase;

  constructor(db: IDBDatabase) {
    this.#db = db;
    // Another tab wants a newer version, or to delete it.
    db.onversionchange = () => db.close();
  }

  async load(): Promise<Known> {
    const at = this.#db.transaction(STORES, "readonly");
    const [revision, conversations, outbox] = await Promise.all([
      done<number | undefined>(at.objectStore("list").get(LIST)),
      done<LocalConversation[]>(at.objectStore("conversations").getAll()),
      done<Pending[]>(at.objectStore("outbox").getAll()),
    ]);
    return { revision: revision ?? 0, conversations, outbox: outbox.sort((a, b) => a.order - b.order) };
  }

  write({ revision, conversations, messages, pending, sent }: Writes): Promise<void> {
    // Written through before it is called written: what was acknowledged to the service has to be here after a crash.
    const at = this.#db.transaction(STORES, "readwrite", { durability: "strict" });
    if (revision !== undefined) at.objectStore("list").put(revision, LIST);
    for (const one of conversations ?? []) at.objectStore("conversations").put(one, refKey(one.conversation));
    if (messages !== undefined) {
      const { key, clear, records } = messages;
      if (clear !== undefined) at.objectStore("messages").delete(IDBKeyRange.bound([key, 0], [key, clear]));
      for (const record of records) at.objectStore("messages").put(record, [key, record.seq]);
    }
    for (const one of pending ?? []) at.objectStore("outbox").put(one, one.key);
    for (const key of sent ?? []) at.objectStore("outbox").delete(key);
    return new Promise((resolve, reject) => {
      at.oncomplete = () => resolve();
      at.onabort = at.onerror = () => reject(at.error ?? new Error("the database refused it"));
    });
  }

  async records(key: string, seqs: readonly number[]): Promise<MessageRecord[]> {
    const messages = this.#db.transaction("messages", "readonly").objectStore("messages");
    const found = await Promise.all(seqs.map((seq) => done<MessageRecord | undefined>(messages.get([key, seq]))));
    return found.flatMap((record) => record ?? []);
  }

  page(key: string, before: number, limit: number): Promise<MessageRecord[]> {
    const range = IDBKeyRange.bound([key, 0], [key, before], false, true);
    const cursor = this.#db.transaction("messages", "readonly").objectStore("messages").openCursor(range, "prev");
    const found: MessageRecord[] = [];
    return new Promise((resolve, reject) => {
      cursor.onerror = () => reject(cursor.error);
      cursor.onsuccess = () => {
        if (cursor.result === null || found.length >= limit) return resolve(found);
        found.push(cursor.result.value as MessageRecord);
        cursor.result.continue();
      };
    });
  }

  close(): void {
    this.#db.close();
  }
}

const done = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
