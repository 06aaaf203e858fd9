import { describe, expect, it } from "vitest";
import { largeGroup } from "../../support/large-group.ts";

const MEMBERS = 3_000;
const THERE = 600;

describe("a group of 3,000, of whom 600 are there", () => {
  it("[GC16] a message is one row and one call to each who is there; the others cost one call and one row each, once", async () => {
    const { sqlite, told, present, say } = await largeGroup(MEMBERS, THERE);
    let [rows, calls] = [sqlite.rows, told.length];
    const since = (): { rows: number; calls: number } => {
      const cost = { rows: sqlite.rows - rows, calls: told.length - calls };
      [rows, calls] = [sqlite.rows, told.length];
      return cost;
    };
    for (const key of ["one", "two", "three"]) {
      await say(key);
      expect(since(), key).toEqual({ rows: 1, calls: THERE });
    }
    expect(told.slice(-THERE).every(({ user, news }) => present.has(user) && news.records.length === 1)).toBe(true);
    expect(new Set(told.slice(-THERE).map(({ user }) => user)).size).toBe(THERE);
  });

  it("[GC18] with leaves the group makes one call to about each hundred of them, with each record once", async () => {
    const { sqlite, told, batches, present, say } = await largeGroup(MEMBERS, THERE, { hotMembers: 256, leafMembers: 100 });
    await say("first");
    let [rows, calls, by] = [sqlite.rows, told.length, batches.length];
    for (const key of ["one", "two", "three"]) {
      await say(key);
      const some = batches.slice(by);
      expect({ rows: sqlite.rows - rows, direct: told.length - calls, calls: some.length }, key).toEqual({ rows: 1, direct: 0, calls: 6 });
      expect(some.map(({ leaf }) => leaf).sort()).toEqual([0, 1, 2, 3, 4, 5]);
      expect(some.map(({ batch }) => [batch.records.length, batch.records[0]?.key])).toEqual(Array.from({ length: 6 }, () => [1, key]));
      expect(new Set(some.flatMap(({ batch }) => batch.shares.map(({ user }) => user)))).toEqual(present);
      expect(Math.max(...some.map(({ batch }) => batch.shares.length))).toBeLessThan(140);
      [rows, calls, by] = [sqlite.rows, told.length, batches.length];
    }
  });

  it("[GC19] how far all of them have it is sixteen rows at most, with the alarm, and is there after a start", async () => {
    const { authority, sqlite, present, say } = await largeGroup(MEMBERS, THERE);
    await say("one");
    const { head } = authority.conversation;
    let { rows } = sqlite;
    for (const user of present) authority.report(user, { delivered: head, settled: head });
    expect(sqlite.rows - rows).toBe(0);
    authority.due();
    expect(sqlite.rows - rows).toBeLessThanOrEqual(16);
    rows = sqlite.rows;
    authority.due();
    expect(sqlite.rows - rows).toBe(0);
    const again = new Map(
      sqlite
        .store()
        .members()
        .map(({ user, delivered }) => [user, delivered]),
    );
    for (const user of present) expect(again.get(user), user).toBe(authority.conversation.deliveredBy(head));
    // Who goes and comes again begins with what is there then.
    authority.part(["user00005"]);
    authority.enter(["user00005"]);
    expect(
      new Map(
        sqlite
          .store()
          .members()
          .map(({ user, delivered }) => [user, delivered]),
      ).get("user00005"),
    ).toBe(authority.conversation.deliveredBy(head));
  });

  it("[GC16] what is unread is counted on with each message, and asks the database again only when it has to", async () => {
    const { authority, store, told, say } = await largeGroup(200, 100);
    let counted = 0;
    const { unread } = store;
    store.unread = (...given) => {
      counted += 1;
      return unread.apply(store, given);
    };
    for (let n = 0; n < 20; n++) await say(`k${n}`);
    const toldOf = (user: string) => told.findLast((one) => one.user === user)?.news.unread;
    expect([toldOf("user00001"), toldOf("ann")]).toEqual([20, 0]);
    expect(counted).toBeLessThanOrEqual(100);
    const newest = store.before(Number.MAX_SAFE_INTEGER, 3).map(({ seq }) => seq);
    authority.change((chat) => chat.read("user00001", newest[2] as number));
    authority.change((chat) => chat.recall({ user: "ann", server: false }, newest[0] as number));
    await say("last");
    expect([toldOf("user00001"), toldOf("user00002")]).toEqual([2, 20]);
    for (const { user, read, cleared } of authority.conversation.members) {
      expect(authority.conversation.unread(user), user).toEqual(unread.call(store, user, Math.max(read, cleared), 1_000));
    }
  });
});
