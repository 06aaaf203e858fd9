import { describe, expect, it } from "vitest";
import type { StoredMessage } from "../../src/domain/conversation/message.ts";
import { hasTerms, termsOf } from "../../src/domain/conversation/search-text.ts";
import type { Content } from "../../src/protocol/messages/conversation.ts";
import { dropIndexed, findMessages, type IndexedConversation, indexMessage, type SearchPlace, type SearchScope } from "../../src/server/history/chat-search.ts";

const app = "0000000000000000000000000000c0de";
const annBob: IndexedConversation = { app, name: "single:3:ann:bob", number: 1, users: ["ann", "bob"] };
const bobCy: IndexedConversation = { app, name: "single:3:bob:cy", number: 2, users: ["bob", "cy"] };

const TEXTS = ["我们吃午饭吧", "Lunch at noon?", "lunchtime 午饭", "Crème brûlée", "ひらがな と カタカナ", "一", "noon lunch", "no, one two"];
const QUESTIONS = ["午饭", "lunch", "noon", "lunch noon", "creme", "カタ", "一", "吃 午", "one t", "two o", "饭午"];

const message = (seq: number, content: Content, more: Partial<StoredMessage> = {}): StoredMessage => ({
  ...{ seq, version: seq, contentVersion: seq, from: "ann", ts: 1_700_000_000_000 + seq, key: `k${seq}`, type: content.type, content },
  ...more,
});
const text = (words: string): Content => ({ type: "text", text: words });

/** D1, or what does as much. */
export interface SearchDatabase {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}
interface Statement {
  bind(...values: (string | number)[]): Statement;
  all<Row>(): Promise<{ results: Row[] }>;
}

/** The index of messages, on whatever database `open` gives, which has all migrations and nothing else of this app. */
export function chatSearchContract(open: () => Promise<SearchDatabase>): void {
  async function setUp() {
    const db = await open();
    const put = async (of: IndexedConversation, one: StoredMessage): Promise<void> => {
      const statements = [
        db.prepare("INSERT OR REPLACE INTO chat_conversations (app, number, name) VALUES (?, ?, ?)").bind(of.app, of.number, of.name),
        db
          .prepare("INSERT OR REPLACE INTO chat_messages (app, number, seq, version, sender, ts, type, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
          .bind(of.app, of.number, one.seq, one.version, one.from, one.ts, one.type, "{}"),
      ];
      await db.batch([...statements, ...indexMessage(db, of, one)]);
    };
    const find = async (what: string, scope: Partial<SearchScope> = {}, beyond?: SearchPlace, limit = 50) =>
      findMessages([db], app, termsOf(what), { user: "ann", shared: [], ...scope }, beyond, limit);
    const seqs = async (what: string, scope: Partial<SearchScope> = {}) => (await find(what, scope)).map(({ seq }) => seq);
    return { db, put, find, seqs };
  }

  describe("the index of messages", () => {
    it("[CQ2] [CQ3] finds what has the words, the newest first", async () => {
      const { put, seqs } = await setUp();
      for (const [index, words] of TEXTS.entries()) await put(annBob, message(index + 1, text(words)));
      for (const question of QUESTIONS) {
        const expected = TEXTS.flatMap((words, index) => (hasTerms(words, termsOf(question)) ? [index + 1] : [])).reverse();
        expect(await seqs(question), question).toEqual(expected);
      }
    });

    it("[CQ1] [CQ5] is asked for one user, and narrowed by conversation, sender, type and time", async () => {
      const { put, seqs } = await setUp();
      await put(annBob, message(1, text("tea")));
      await put(annBob, message(2, text("tea"), { from: "bob" }));
      await put(annBob, message(3, { type: "file", media: "m", name: "tea.pdf" }));
      await put(bobCy, message(4, text("tea"), { from: "cy" }));
      await put(annBob, message(5, text("tea"), { receivers: ["bob"], from: "bob" }));
      expect(await seqs("tea")).toEqual([3, 2, 1]);
      expect(await seqs("tea", { user: "bob" })).toEqual([5, 4, 3, 2, 1]);
      expect(await seqs("tea", { user: "cy" })).toEqual([4]);
      expect(await seqs("tea", { user: "an" })).toEqual([]);
      expect(await seqs("tea", { user: "bob", conversation: annBob.name })).toEqual([5, 3, 2, 1]);
      expect(await seqs("tea", { senders: ["bob", "cy"] })).toEqual([2]);
      expect(await seqs("tea", { types: ["file", "image"] })).toEqual([3]);
      expect(await seqs("tea", { from: 1_700_000_000_002, to: 1_700_000_000_003 })).toEqual([2]);
      expect(await seqs('tea" OR scope:x')).toEqual([]);
    });

    it("[CQ6] follows edits and recalls, whatever comes late or twice", async () => {
      const { put, seqs } = await setUp();
      await put(annBob, message(1, text("before")));
      const edited = message(1, text("after"), { version: 2, contentVersion: 2 });
      await put(annBob, edited);
      await put(annBob, edited);
      await put(annBob, message(1, text("before")));
      expect([await seqs("before"), await seqs("after")]).toEqual([[], [1]]);
      const { content: _, ...recalled } = message(1, text(""), { version: 3, contentVersion: 3 });
      await put(annBob, recalled);
      expect(await seqs("after")).toEqual([]);
    });

    it("[CQ7] is read page by page, and loses what is too old", async () => {
      const { db, put, find, seqs } = await setUp();
      for (let seq = 1; seq <= 7; seq++) await put(annBob, message(seq, text("tea"), { ts: 1_700_000_000_000 + Math.floor(seq / 3) }));
      const pages: number[][] = [];
      for (let beyond: SearchPlace | undefined, more = true; more; ) {
        const page = await find("tea", {}, beyond, 3);
        pages.push(page.map(({ seq }) => seq));
        beyond = page.at(-1);
        more = page.length === 3;
      }
      // Of one millisecond they have some order, and always the same.
      expect(pages.flat().sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
      await db.batch(dropIndexed(db, app, 1, 5, 1_700_000_000_001));
      expect((await seqs("tea")).sort()).toEqual([3, 4, 5, 6, 7]);
      const { results } = await db.prepare("SELECT count(*) AS n FROM chat_search WHERE app = ?").bind(app).all<{ n: number }>();
      expect(results[0]?.n).toBe(5);
    });
  });
}
