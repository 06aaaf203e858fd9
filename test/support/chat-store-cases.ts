import type { ChatStore, Known, LocalConversation, MessageFilter, Pending } from "../../src/client/chat/index.ts";
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
      same(loaded(await store.load()), { revision: 0, conversations: [], outbox: [], values: [] });
      same(await store.newer("single:bob", 0, 9), []);
      same(await store.search({ words: "x" }, 9), []);
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
      same(loaded(await again.load()), {
        revision: 3,
        conversations: [conversation("bob", 5)],
        outbox: [{ ...pending("z", 1), tried: true }, pending("a", 2)],
        values: [],
      });
      same(await again.page("single:bob", Number.MAX_SAFE_INTEGER, 2), [record(3), record(2)]);
      same(await again.page("single:bob", 2, 2), [record(1)]);
      same(await again.records("single:bob", [3, 7, 1]), [record(3), record(1)]);
      same(await again.newer("single:bob", 1, 9), [record(2), record(3)]);
      same(await again.newer("single:bob", 0, 2), [record(1), record(2)]);
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
  [
    "finds the newest messages with all words, in one conversation or all, and none that was recalled",
    async (store, reopen) => {
      const said = (seq: number, text: string, more: Partial<MessageRecord> = {}): MessageRecord => ({
        ...record(seq),
        content: { type: "text", text },
        ...more,
      });
      const bob = [
        said(1, "Lunch at NOON?"),
        said(2, "noon, the usual lunch"),
        said(3, "lunch"),
        said(4, "中午一起吃饭"),
        said(5, "lunch, at noon", { removed: true }),
      ];
      await store.write({ conversations: [conversation("bob", 5)], messages: { key: "single:bob", records: bob } });
      const { content: _, ...taken } = said(6, "");
      const cy = [said(7, "Ｌｕｎｃｈ　ｎｏｏｎ"), { ...taken, recalled: { by: "cy", at: 1 } }, said(8, "100% lunch_noon")];
      await store.write({ conversations: [conversation("cy", 8)], messages: { key: "single:cy", records: cy } });
      const again = await reopen();
      const found = async (words: string, limit = 9, key?: string) =>
        (await again.search({ words, ...(key !== undefined && { key }) }, limit)).map(({ key, record }) => `${key} ${record.seq}`);
      same(await found("noon lunch"), ["single:cy 8", "single:cy 7", "single:bob 2", "single:bob 1"]);
      same(await found("noon lunch", 9, "single:bob"), ["single:bob 2", "single:bob 1"]);
      same(await found("lunch", 2), ["single:cy 8", "single:cy 7"]);
      same(await found("吃饭"), ["single:bob 4"]);
      same(await found("0% lunch_"), ["single:cy 8"]);
      same(await found("%"), ["single:cy 8"]);
      same(await found("  "), []);
      const filtered = async (filter: MessageFilter & { words?: string }) => (await again.search(filter, 9)).map(({ record }) => record.seq);
      same(await filtered({ from: 3, to: 8 }), [7, 4, 3]);
      same(await filtered({ words: "lunch", to: 3 }), [2, 1]);
      same(await filtered({ senders: ["cy"] }), []);
      same(await filtered({ types: ["image"], from: 0 }), []);
      same(await filtered({ types: ["text"], from: 8 }), [8]);
    },
  ],
  [
    "keeps messages between two others in their place, and clears up to any",
    async (store, reopen) => {
      await store.write({ messages: { key: "single:bob", records: [record(0.5), record(2), record(2.25, 0), record(2.5, 0), record(3)] } });
      const again = await reopen();
      same(await again.page("single:bob", 3, 9), [record(2.5, 0), record(2.25, 0), record(2), record(0.5)]);
      same(await again.newer("single:bob", 2.25, 9), [record(2.5, 0), record(3)]);
      same(await again.records("single:bob", [2.25]), [record(2.25, 0)]);
      await again.write({ messages: { key: "single:bob", clear: 2.4, records: [] } });
      same(await again.newer("single:bob", 0, 9), [record(2.5, 0), record(3)]);
    },
  ],
  [
    "keeps values by their names until they are removed, and the files of messages on their way",
    async (store, reopen) => {
      const file = new Blob(["voice"], { type: "audio/webm" });
      await store.write({
        values: [
          ["__proto__", { nickname: "Bob" }],
          ["draft", "hello"],
        ],
        pending: [{ ...pending("f", 1), content: { type: "audio", media: "" }, file }],
      });
      await store.write({ values: [["draft", undefined]] });
      const { values, outbox } = await (await reopen()).load();
      same([...values], [["__proto__", { nickname: "Bob" }]]);
      const kept = outbox[0]?.file;
      same([kept?.type, kept && (await kept.text())], ["audio/webm", "voice"]);
    },
  ],
];

const loaded = ({ values, ...known }: Known) => ({ ...known, values: [...values] });

function same(is: unknown, should: unknown): void {
  const [a, b] = [JSON.stringify(is), JSON.stringify(should)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}
