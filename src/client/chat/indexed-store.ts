import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { refKey } from "../../protocol/conversation-name.ts";
import type { MessageRecord } from "./message.ts";
import { Search, type Sought } from "./search.ts";
import type { ChatStore, Found, Known, LocalConversation, Pending, Writes } from "./store.ts";

const VERSION = 2;
const LIST = "list";
const STORES = ["list", "conversations", "messages", "outbox", "values"] as const;

interface Schema extends DBSchema {
  list: { key: string; value: number };
  conversations: { key: string; value: LocalConversation };
  messages: { key: [key: string, seq: number]; value: MessageRecord };
  outbox: { key: string; value: Pending };
  values: { key: string; value: unknown };
}

/** Messages looked at in one stretch of a search. */
const STRETCH = 2_000;

/**
 * Keeps a user's chats in the browser's IndexedDB, one database for each app and user.
 *
 * @example
 * const chats = await openChat(me, { store: await indexedStore(`chat ${app} ${me.user}`) });
 */
export async function indexedStore(name: string): Promise<ChatStore> {
  const db = await openDB<Schema>(name, VERSION, {
    upgrade(made) {
      for (const store of STORES) if (!made.objectStoreNames.contains(store)) made.createObjectStore(store);
    },
    // Another tab wants a newer version, or to delete it.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
  return new IndexedStore(db);
}

class IndexedStore implements ChatStore {
  readonly #db: IDBPDatabase<Schema>;

  constructor(db: IDBPDatabase<Schema>) {
    this.#db = db;
  }

  async load(): Promise<Known> {
    const at = this.#db.transaction(STORES, "readonly");
    const values = at.objectStore("values");
    const [revision, conversations, outbox, names, kept] = await Promise.all([
      at.objectStore("list").get(LIST),
      at.objectStore("conversations").getAll(),
      at.objectStore("outbox").getAll(),
      values.getAllKeys(),
      values.getAll(),
    ]);
    return {
      revision: revision ?? 0,
      conversations,
      outbox: outbox.sort((a, b) => a.order - b.order),
      values: new Map(names.map((name, index) => [name, kept[index]])),
    };
  }

  async write({ revision, conversations, messages, pending, sent, values }: Writes): Promise<void> {
    // Written through before it is called written: what was acknowledged to the service has to be here after a crash.
    const at = this.#db.transaction(STORES, "readwrite", { durability: "strict" });
    const writes: Promise<unknown>[] = [];
    if (revision !== undefined) writes.push(at.objectStore("list").put(revision, LIST));
    for (const one of conversations ?? []) writes.push(at.objectStore("conversations").put(one, refKey(one.conversation)));
    if (messages !== undefined) {
      const { key, clear, records } = messages;
      if (clear !== undefined) writes.push(at.objectStore("messages").delete(IDBKeyRange.bound([key, 0], [key, clear])));
      for (const record of records) writes.push(at.objectStore("messages").put(record, [key, record.seq]));
    }
    for (const one of pending ?? []) writes.push(at.objectStore("outbox").put(one, one.key));
    for (const key of sent ?? []) writes.push(at.objectStore("outbox").delete(key));
    const kept = at.objectStore("values");
    for (const [name, value] of values ?? []) writes.push(value === undefined ? kept.delete(name) : kept.put(value, name));
    await Promise.all([...writes, at.done]);
  }

  async records(key: string, seqs: readonly number[]): Promise<MessageRecord[]> {
    const { store } = this.#db.transaction("messages", "readonly");
    const found = await Promise.all(seqs.map((seq) => store.get([key, seq])));
    return found.flatMap((record) => record ?? []);
  }

  async page(key: string, before: number, limit: number): Promise<MessageRecord[]> {
    const { store } = this.#db.transaction("messages", "readonly");
    const found: MessageRecord[] = [];
    let cursor = await store.openCursor(IDBKeyRange.bound([key, 0], [key, before], false, true), "prev");
    for (; cursor !== null && found.length < limit; cursor = await cursor.continue()) found.push(cursor.value);
    return found;
  }

  newer(key: string, after: number, limit: number): Promise<MessageRecord[]> {
    return this.#db.getAll("messages", IDBKeyRange.bound([key, after], [key, Number.MAX_SAFE_INTEGER], true), limit);
  }

  async search(sought: Sought, limit: number): Promise<Found[]> {
    const search = new Search(sought, limit);
    const keys = sought.key === undefined ? await this.#db.getAllKeys("conversations") : [sought.key];
    for (const key of keys) {
      for (let after = 0; ; ) {
        const stretch = await this.newer(key, after, STRETCH);
        for (const record of stretch) search.look(key, record);
        const last = stretch.at(-1);
        if (last === undefined || stretch.length < STRETCH) break;
        after = last.seq;
      }
    }
    return search.found;
  }

  close(): void {
    this.#db.close();
  }
}
