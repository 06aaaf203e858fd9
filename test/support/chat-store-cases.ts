import type { ChatStore, LocalConversation, Pending } from "../../src/client/chat/index.ts";
import type { MessageRecord } from "../../src/protocol/messages/conversation.ts";

const record = (seq: number, version = seq): MessageRecord => ({
  seq,
  version,
  from: "ann",
  ts: seq,
  key: `k${seq}`,
  content: { type: "text", text: `${seq}.${version}` },
});
const conversation = (id: string, position: number): LocalConversation => ({
  conversation: { type: "single", id },
  number: 1,
  position,
  oldest: 1,
  unread: 0,
  receipts: [{ user: id, delivered: 1, read: 0 }],
});
const pending = (key: string, order: number): Pending => ({
  conversation: { type: "single", id: "bob" },
  key,
  order,
  createdAt: 1,
  content: { type: "text", text: key },
});

/** What chats may rely on, as checks of an empty store; `reopen`: as after a restart of the program. Throws what is wrong. */
export const chatStoreCases: readonly (readonly [string, (store: ChatStore, reopen: () => Promise<ChatStore>) => Promise<void>])[] = [
  [
    "is empty at first",
    async (store) => {
      same(await store.load(), { revision: 0, conversations: [], outbox: [] });
      same(await store.page("single:bob", Number.MAX_SAFE_INTEGER, 9), []);
      same(await store.records("single:bob", [1]), []);
    },
  ],
  [
    "keeps conversations, messages, and the outbox in its order",
    async (store, reopen) => {
      await store.write({
        revision: 3,
        conversations: [conversation("bob", 4)],
        messages: { key: "single:bob", records: [record(2), record(1), record(3)] },
        pending: [pending("z", 1), pending("a", 2)],
      });
      await store.write({
        messages: { key: "single:bo", records: [record(9)] },
        conversations: [conversation("bob", 5)],
        pending: [{ ...pending("z", 1), tried: true }],
      });
      const again = await reopen();
      same(await again.load(), { revision: 3, conversations: [conversation("bob", 5)], outbox: [{ ...pending("z", 1), tried: true }, pending("a", 2)] });
      same(await again.page("single:bob", Number.MAX_SAFE_INTEGER, 2), [record(3), record(2)]);
      same(await again.page("single:bob", 2, 2), [record(1)]);
      same(await again.records("single:bob", [3, 7, 1]), [record(3), record(1)]);
    },
  ],
  [
    "puts records over older ones, clears up to a number, and forgets what was sent",
    async (store, reopen) => {
      await store.write({ messages: { key: "single:bob", records: [1, 2, 3, 4].map((seq) => record(seq)) }, pending: [pending("a", 1), pending("b", 2)] });
      await store.write({ messages: { key: "single:bob", clear: 2, records: [record(4, 8), record(2, 7)] }, sent: ["a"] });
      const again = await reopen();
      same(await again.page("single:bob", Number.MAX_SAFE_INTEGER, 9), [record(4, 8), record(3), record(2, 7)]);
      same((await again.load()).outbox, [pending("b", 2)]);
    },
  ],
];

function same(is: unknown, should: unknown): void {
  const [a, b] = [JSON.stringify(is), JSON.stringify(should)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}
