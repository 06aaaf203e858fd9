import { describe, expect, it } from "vitest";
import { GroupLeaf, type MemberReport } from "../../../src/domain/conversation/group-leaf.ts";
import type { Batch } from "../../../src/domain/conversation/spread.ts";
import type { Heard } from "../../../src/domain/conversation/telling.ts";
import type { News } from "../../../src/protocol/messages/conversation.ts";

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};
const batch = (...users: string[]): Batch => ({
  conversation: { type: "group", id: "many" },
  number: 7,
  records: [{ seq: 5, version: 5, from: "ann", ts: 1, key: "k" }],
  passing: [],
  shares: users.map((user, unread) => ({ user, after: 4, upTo: 5, records: [0], receipts: [], cleared: 0, unread })),
});

/** A leaf whose members answer when the test lets them, and whose pauses the test ends. */
function leaf() {
  const told: { readonly user: string; readonly news: News; answer(heard: Heard): void; fail(): void }[] = [];
  const pauses: { readonly ms: number; end(): void; cancelled: boolean }[] = [];
  const reports: (readonly MemberReport[])[] = [];
  const one = new GroupLeaf({
    tell: (user, news) => new Promise((resolve, reject) => told.push({ user, news, answer: resolve, fail: () => reject(new Error("gone")) })),
    report: async (some) => void reports.push(some),
    background: (work) => void work,
    pause: (ms) => {
      const over = Promise.withResolvers<void>();
      const pause = { ms, end: over.resolve, cancelled: false };
      pauses.push(pause);
      return { over: over.promise, cancel: () => Object.assign(pause, { cancelled: true }) };
    },
    waitMs: 500,
    gatherMs: 200,
  });
  return { one, told, pauses, reports };
}

describe("a leaf of a group", () => {
  it("[GC18] tells each of its members what is its own, and says what each has answered, as soon as all have", async () => {
    const { one, told, pauses } = leaf();
    const answered = one.tell(batch("ann", "bob", "cho"));
    expect(told.map(({ user, news }) => [user, news.unread, news.records.length])).toEqual([
      ["ann", 0, 1],
      ["bob", 1, 1],
      ["cho", 2, 1],
    ]);
    told[2]?.answer({ there: false });
    told[0]?.answer({ there: true, settled: 5, delivered: 5 });
    told[1]?.fail();
    expect(await answered).toEqual([{ there: true, settled: 5, delivered: 5 }, null, { there: false }]);
    expect(pauses).toMatchObject([{ ms: 500, cancelled: true }]);
  });

  it("[GC18] waits for nobody longer than it may, and tells who has still to answer nothing more", async () => {
    const { one, told, pauses } = leaf();
    const first = one.tell(batch("ann", "bob"));
    told[0]?.answer({ there: true });
    pauses[0]?.end();
    expect(await first).toEqual([{ there: true }, null]);
    const second = one.tell(batch("ann", "bob"));
    told[2]?.answer({ there: true });
    expect(await second).toEqual([{ there: true }, null]);
    expect(told.map(({ user }) => user)).toEqual(["ann", "bob", "ann"]);
    told[1]?.answer({ there: true });
    await settled();
    void one.tell(batch("bob"));
    expect(told.at(-1)?.user).toBe("bob");
  });

  it("[GC18] joins what its members' devices have, of each the most, and goes on where the group does not hear it", async () => {
    const { one, pauses, reports } = leaf();
    one.report("ann", { delivered: 4, settled: 3 });
    one.report("bob", { delivered: 5, settled: 5 });
    one.report("ann", { delivered: 3, settled: 5 });
    expect(pauses).toMatchObject([{ ms: 200 }]);
    pauses[0]?.end();
    await settled();
    expect(reports).toEqual([
      [
        { user: "ann", delivered: 4, settled: 5 },
        { user: "bob", delivered: 5, settled: 5 },
      ],
    ]);
    one.report("ann", { delivered: 6, settled: 6 });
    pauses[1]?.end();
    await settled();
    expect(reports[1]).toEqual([{ user: "ann", delivered: 6, settled: 6 }]);
  });
});
