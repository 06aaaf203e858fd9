import { expect, it } from "vitest";
import { type ChatEntries, changeEntry, entryUsed } from "../../../src/domain/conversation/entries.ts";
import { CHAT_LIMITS } from "../../../src/protocol/chat-limits.ts";
import { refKey } from "../../../src/protocol/conversation-name.ts";
import type { ConversationEntry } from "../../../src/protocol/messages/conversation.ts";

function listOf(): ChatEntries & { readonly writes: () => number } {
  const entries = new Map<string, ConversationEntry>();
  let writes = 0;
  return {
    all: () => [...entries.values()],
    get: (key) => entries.get(key),
    put: (entry) => {
      writes += 1;
      entries.set(refKey(entry.conversation), entry);
    },
    drop: (key) => void entries.delete(key),
    revision: () => Math.max(0, ...[...entries.values()].map(({ revision }) => revision)),
    writes: () => writes,
  };
}

it("[CD11] a list is written when something in it changes, not with each message", () => {
  const list = listOf();
  for (let n = 0; n < 100; n++) entryUsed(list, "single:bob", n, true);
  expect(list.writes()).toBe(1);
  entryUsed(list, "single:bob", 3_600_000, true);
  expect([list.writes(), list.get("single:bob")?.activeAt, list.revision()]).toEqual([2, 3_600_000, 1]);
  expect(changeEntry(list, "single:bob", { pinned: false, marks: [] }, 0)).toMatchObject({ value: { revision: 1 } });
  expect(changeEntry(list, "single:bob", { pinned: true }, 5)).toMatchObject({ value: { revision: 2, pinnedAt: 5 } });
  expect(changeEntry(list, "single:bob", { pinned: true }, 6)).toMatchObject({ value: { revision: 2, pinnedAt: 5 } });
});

it("[CD11] fifty of it are pinned at most", () => {
  const list = listOf();
  for (let n = 0; n <= CHAT_LIMITS.chatConversationPins; n++) entryUsed(list, `single:u${n}`, n, true);
  for (let n = 0; n < CHAT_LIMITS.chatConversationPins; n++) expect(changeEntry(list, `single:u${n}`, { pinned: true }, n).ok).toBe(true);
  const over = changeEntry(list, `single:u${CHAT_LIMITS.chatConversationPins}`, { pinned: true }, 0);
  expect(over).toMatchObject({ error: { code: "limit_exceeded", limit: CHAT_LIMITS.chatConversationPins } });
});

it("[CD12] a full list lets the one go that has rested longest, unless it is pinned", () => {
  const list = listOf();
  for (let n = 0; n < CHAT_LIMITS.chatConversations; n++) entryUsed(list, `single:u${n}`, n, true);
  changeEntry(list, "single:u0", { pinned: true }, 0);
  const before = list.revision();
  entryUsed(list, "single:new", 5_000, true);
  expect(list.all()).toHaveLength(CHAT_LIMITS.chatConversations);
  expect([list.get("single:u0")?.pinnedAt, list.get("single:u1"), list.get("single:new")?.revision]).toEqual([0, undefined, before + 1]);
});
