import { describe, expect, it } from "vitest";
import { type Batch, type BatchHeard, newsOf, Spread } from "../../../src/domain/conversation/spread.ts";
import type { Heard } from "../../../src/domain/conversation/telling.ts";
import type { MessageRecord, News } from "../../../src/protocol/messages/conversation.ts";

const RECORD: MessageRecord = { seq: 5, version: 5, from: "ann", ts: 1, key: "k", content: { type: "text", text: "hello" } };
const newsFor = (unread: number, more: Partial<News> = {}): News => ({
  ...{ conversation: { type: "group", id: "many" }, number: 7, after: 4, upTo: 5, records: [RECORD], receipts: [], cleared: 0, unread },
  ...more,
});
const USERS = Array.from({ length: 40 }, (_, n) => `user${n}`);

function spread(tellLeaf: (batch: Batch) => Promise<BatchHeard>, tell: (user: string) => Promise<Heard> = async () => ({ there: true })) {
  const direct: [string, News][] = [];
  const batches: [number, Batch][] = [];
  const one = new Spread({
    tell: (user, news) => {
      direct.push([user, news]);
      return tell(user);
    },
    leaves: {
      hotMembers: 10,
      leafMembers: 10,
      tell: (leaf, batch) => {
        batches.push([leaf, batch]);
        return tellLeaf(batch);
      },
    },
  });
  return { one, direct, batches };
}
const allThere = async ({ shares }: Batch): Promise<BatchHeard> => shares.map(() => ({ there: true, settled: 5 }));

describe("what many are told", () => {
  it("[GC18] goes in one call to each leaf, each record once, and comes out as it went in", async () => {
    const { one, direct, batches } = spread(allThere);
    one.hot = USERS.length;
    const typing = { kind: "typing" as const, from: "ann", on: true };
    const told = USERS.map((user, n) => [user, newsFor(n, n % 2 === 0 ? { passing: [typing] } : { mentioned: 5 })] as const);
    expect(await Promise.all(told.map(([user, news]) => one.tell(user, news)))).toEqual(USERS.map(() => ({ there: true, settled: 5 })));
    expect(direct).toEqual([]);
    expect(batches.map(([leaf]) => leaf).sort()).toEqual([0, 1, 2, 3]);
    for (const [, batch] of batches) expect([batch.records, batch.passing]).toEqual([[RECORD], [typing]]);
    const out = new Map(batches.flatMap(([, batch]) => batch.shares.map((share) => [share.user, newsOf(batch, share)])));
    expect(out).toEqual(new Map(told));
  });

  it("[GC18] goes to each directly where few are there, or one alone is told something", async () => {
    const { one, direct, batches } = spread(allThere);
    one.hot = 10;
    await Promise.all(USERS.slice(0, 10).map((user) => one.tell(user, newsFor(0))));
    one.hot = 40;
    await one.tell("user3", newsFor(0));
    expect([direct.length, batches.length]).toEqual([11, 0]);
  });

  it("[GC18] reaches whom its leaf does not, and fails for whom nobody reaches", async () => {
    for (const leaf of [
      async ({ shares }: Batch) => shares.map(({ user }) => (user === "user0" || user === "user1" ? null : { there: true })),
      async () => Promise.reject(new Error("dead")),
    ]) {
      const { one, direct } = spread(leaf, async (user) => (user === "user1" ? Promise.reject(new Error("gone")) : { there: false }));
      one.hot = USERS.length;
      const outcomes = await Promise.allSettled(USERS.map((user) => one.tell(user, newsFor(0))));
      expect(outcomes.map(({ status }) => status)).toEqual(USERS.map((user) => (user === "user1" ? "rejected" : "fulfilled")));
      expect(outcomes[0]).toEqual({ status: "fulfilled", value: { there: false } });
      expect(direct.map(([user]) => user)).toEqual(expect.arrayContaining(["user0", "user1"]));
    }
  });
});
