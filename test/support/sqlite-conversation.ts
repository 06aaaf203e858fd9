import { Conversation } from "../../src/domain/conversation/conversation.ts";
import type { ConversationStore } from "../../src/domain/conversation/store.ts";
import { CONVERSATION_SCHEMA } from "../../src/server/objects/conversation/schema.ts";
import { type Sql, SqlConversationStore } from "../../src/server/objects/conversation/sql-conversation-store.ts";
import { Disk } from "../sim/platform/disk.ts";

/** The conversation's own store on a database in memory, and how many rows it has written. */
export class SqliteConversation {
  readonly disk = new Disk(() => {});
  #exists = false;
  rows = 0;

  readonly #sql: Sql = {
    exec: (text, ...values) => {
      const rows = this.disk.exec(text, values);
      if (/^\s*(insert|update|delete)/i.test(text)) this.rows += this.disk.changed;
      return { toArray: () => rows as never };
    },
  };

  /** As it is after a start. */
  store(): ConversationStore {
    return new SqlConversationStore(this.#sql, this.#exists, () => {
      this.#exists = true;
      for (const step of CONVERSATION_SCHEMA) this.disk.exec(step, []);
    });
  }
}

/** A chat of ann and bob that has begun. */
export function chatOfTwo(now: () => number = () => 1_000) {
  const sqlite = new SqliteConversation();
  const store = sqlite.store();
  const chat = new Conversation(store, now);
  chat.begin(7, ["ann", "bob"]);
  return { sqlite, store, chat };
}
