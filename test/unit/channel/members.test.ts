import { describe, expect, it } from "vitest";
import { ChannelHarness, Reader } from "../../support/memory-channel.ts";

const users = (notices: Record<string, unknown>[]): unknown[] => notices.flatMap((notice) => notice.users as unknown[]);

describe("members", () => {
  it("[CM1] a user with two devices joins once and leaves with the last", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    h.pass(100);
    h.join("ann", "phone");
    h.join("ann", "laptop");
    h.pass(100);
    expect(users(watcher.notices("channel.joined"))).toEqual(["watcher", "ann"]);
    void h.channel.leave("ann", "phone");
    h.pass(100);
    expect(watcher.notices("channel.left")).toEqual([]);
    void h.channel.leave("ann", "laptop");
    h.pass(100);
    expect(users(watcher.notices("channel.left"))).toEqual(["ann"]);
    expect(h.channel.lookup.listedPage(undefined, 10)).toMatchObject({ total: 1, members: [{ user: "watcher" }] });
  });

  it("[CM2] a goodbye is immediate, a vanished member leaves after its lease", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    const ann = h.join("ann");
    const bob = h.join("bob");
    h.pass(100);
    h.channel.disconnected(ann, true);
    h.channel.disconnected(bob, false);
    h.pass(29_000);
    expect(users(watcher.notices("channel.left"))).toEqual(["ann"]);
    h.pass(2_000);
    expect(users(watcher.notices("channel.left"))).toEqual(["ann", "bob"]);
  });

  it("[CM16] a lease that began by a clock which was set back ends a lease after that was noticed", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    const ann = h.join("ann");
    const right = h.now;
    h.now += 86_400_000;
    h.channel.disconnected(ann, false);
    h.now = right;
    h.channel.clockSetBack();
    h.pass(29_000);
    expect(watcher.notices("channel.left")).toEqual([]);
    h.pass(2_000);
    expect(users(watcher.notices("channel.left"))).toEqual(["ann"]);
  });

  it("[CM3] back within the lease, nobody notices", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    const ann = h.join("ann");
    h.pass(2_000);
    const before = watcher.messages().length;
    h.channel.disconnected(ann, false);
    h.pass(20_000);
    h.join("ann");
    h.pass(60_000);
    expect(watcher.messages().length).toBe(before);
  });

  it("[CM4] after a lost object members come back silently, then the rest leave and a snapshot follows", () => {
    const h = new ChannelHarness();
    h.join("watcher");
    h.join("ann");
    h.join("gone");
    h.pass(100);
    h.lose();
    const watcher = h.join("watcher");
    h.join("ann");
    h.pass(20_000);
    expect(watcher.notices("channel.joined")).toEqual([]);
    expect(watcher.notices("channel.left")).toEqual([]);
    h.pass(20_000);
    expect(users(watcher.notices("channel.left"))).toEqual(["gone"]);
    expect(watcher.notices("channel.members")).toMatchObject([{ users: expect.arrayContaining(["watcher", "ann"]), count: 2 }]);
  });

  it("[CM5] above 512 members only the count is told, at most once in 3 s", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    for (let i = 0; i < 600; i++) h.join(`u${i}`);
    h.pass(5_000);
    const joined = users(watcher.notices("channel.joined")).length;
    const counts = watcher.notices("channel.count").length;
    for (let i = 0; i < 60; i++) {
      h.join(`v${i}`);
      h.pass(100);
    }
    h.pass(5_000);
    expect(users(watcher.notices("channel.joined")).length).toBe(joined);
    expect(watcher.notices("channel.count").length - counts).toBeLessThanOrEqual(4);
    expect(watcher.notices("channel.count").at(-1)).toMatchObject({ count: 661 });
  });

  it("[CM5] below, the count is told at most once a second", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    h.pass(2_000);
    const before = watcher.notices("channel.count").length;
    for (let i = 0; i < 30; i++) {
      h.join(`u${i}`);
      h.pass(100);
    }
    h.pass(2_000);
    expect(watcher.notices("channel.count").length - before).toBeGreaterThanOrEqual(3);
    expect(watcher.notices("channel.count").length - before).toBeLessThanOrEqual(5);
    expect(watcher.notices("channel.count").at(-1)).toMatchObject({ count: 31 });
  });

  it("[CM6] a socket silent for its lease is closed and its member leaves", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    const ann = h.join("ann");
    watcher.expires = h.now + 1_000_000;
    ann.expires = h.now + 90_000;
    h.join("third");
    h.pass(80_000);
    expect(ann.closed).toBeUndefined();
    h.pass(20_000);
    expect(ann.closed?.code).toBe(4002);
    expect(users(watcher.notices("channel.left"))).toEqual(["ann"]);
  });

  it("[CM7] a late close of a replaced socket ends nothing", () => {
    const h = new ChannelHarness();
    const old = h.join("ann");
    const fresh = h.join("ann");
    expect(old.closed?.code).toBe(4000);
    h.channel.disconnected(old, true);
    h.publish("bob", 1, "hi");
    h.pass(60_000);
    expect(h.channel.members).toBe(1);
    expect(fresh.data()).toEqual(["hi"]);
  });

  it("[CM8] a revoked user is closed, leaves, and its tickets are refused; a newer login is not", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    void h.channel.revoke({ user: "ann", device: "", generation: 3, until: h.now + 600_000 }, { code: 4204, reason: "kicked" });
    expect(ann.closed).toEqual({ code: 4204, reason: "kicked" });
    expect(h.channel.members).toBe(0);
    h.lose();
    expect(h.channel.refusal("ann", "d1", 3)?.code).toBe("token_revoked");
    expect(h.channel.refusal("ann", "d1", 4)).toBeUndefined();
    expect(h.channel.refusal("bob", "d1", 1)).toBeUndefined();
  });

  it("[CM8] a revocation that is told late does not give back what a later one took", () => {
    const h = new ChannelHarness();
    const revoke = (generation: number, until: number) =>
      void h.channel.revoke({ user: "ann", device: "d1", generation, until: h.now + until }, { code: 4204, reason: "kicked" });
    revoke(5, 600_000);
    revoke(3, 300_000);
    h.lose();
    expect(h.channel.refusal("ann", "d1", 5)?.code).toBe("token_revoked");
    h.now += 400_000;
    revoke(2, 600_000);
    expect(h.channel.refusal("ann", "d1", 5)?.code).toBe("token_revoked");
    expect(h.channel.refusal("ann", "d1", 6)).toBeUndefined();
  });

  it("[CM8] word of an older login's end that comes late opens nothing again", () => {
    const h = new ChannelHarness();
    const until = h.now + 600_000;
    void h.channel.revoke({ user: "ann", device: "d1", generation: 3, until }, { code: 4204, reason: "kicked" });
    void h.channel.revoke({ user: "ann", device: "d1", generation: 2, until }, { code: 4203, reason: "logged in elsewhere" });
    expect(h.channel.refusal("ann", "d1", 3)?.code).toBe("token_revoked");
  });

  it("[CM9] a burst of joins writes at most 16 rows a flush", () => {
    const h = new ChannelHarness();
    h.join("first");
    h.pass(1000);
    h.join("second");
    const before = h.roster.rows;
    for (let i = 0; i < 500; i++) h.join(`u${i}`);
    h.pass(50);
    expect(h.roster.rows - before).toBeLessThanOrEqual(2 * 16);
    h.pass(1500);
    expect(h.roster.rows - before).toBeLessThanOrEqual(3 * 16);
    h.lose();
    expect(h.channel.members).toBe(502);
  });
});

describe("attributes", () => {
  const change = (h: ChannelHarness, kind: "set" | "update" | "remove" | "clear", entries: Record<string, string> | string[], by = "ann", notify = false) =>
    h.channel.changeAttributes(
      {
        kind,
        attributes: Array.isArray(entries) ? [] : Object.entries(entries).map(([key, value]) => ({ key, value })),
        keys: Array.isArray(entries) ? entries : [],
      },
      by,
      notify,
    );
  const plain = (h: ChannelHarness) => Object.fromEntries(h.channel.attributes(undefined).map(({ key, value }) => [key, value]));

  it("[CA1] set, update, remove and clear, with who and when", () => {
    const h = new ChannelHarness();
    change(h, "set", { a: "1", b: "2" });
    h.now += 5;
    change(h, "update", { b: "3", c: "4" }, "bob");
    expect(plain(h)).toEqual({ a: "1", b: "3", c: "4" });
    expect(h.channel.attributes(["b", "nope"])).toEqual([{ key: "b", value: "3", updatedBy: "bob", updatedAt: h.now }]);
    change(h, "remove", ["a", "nope"]);
    change(h, "set", { z: "9" });
    expect(plain(h)).toEqual({ z: "9" });
    h.lose();
    expect(plain(h)).toEqual({ z: "9" });
    change(h, "clear", {});
    expect(plain(h)).toEqual({});
  });

  it("[CA2] too many or too large is refused and changes nothing", () => {
    const h = new ChannelHarness();
    change(h, "set", { a: "1" });
    expect(change(h, "update", Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`k${i}`, ""])))).toMatchObject({
      ok: false,
      error: { code: "limit_exceeded", limit: 32 },
    });
    expect(change(h, "update", { x: "é".repeat(4000), y: "é".repeat(4000), z: "é".repeat(4000), w: "é".repeat(4000), v: "é".repeat(1000) })).toMatchObject({
      ok: false,
      error: { code: "too_large", limit: 32768 },
    });
    expect(plain(h)).toEqual({ a: "1" });
  });

  it("[CA3] members are told if and only if the writer asks", () => {
    const h = new ChannelHarness();
    const bob = h.join("bob");
    change(h, "set", { a: "1" });
    h.pass(50);
    expect(bob.notices("channel.attributes")).toEqual([]);
    change(h, "update", { b: "2" }, "ann", true);
    h.pass(50);
    expect(bob.notices("channel.attributes")).toMatchObject([{ attributes: [{ key: "a" }, { key: "b" }] }]);
  });
});

describe("who is gone", () => {
  it("[RK3] is known also of one that came and went so fast that nobody was told", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    h.pass(1_000);
    h.publish("watcher", 1, "keeps the channel busy");
    h.join("ann");
    void h.channel.leave("ann", "d1");
    h.pass(1_000);
    expect([...watcher.notices("channel.joined"), ...watcher.notices("channel.left")].flatMap(({ users }) => users)).not.toContain("ann");
    expect(h.gone).toEqual(["ann"]);
  });

  it("[RK3] [CM10] is known also of one that the object died with, before its coming was due to be told", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    h.pass(1_000);
    h.publish("watcher", 1, "keeps the channel busy");
    h.join("ann");
    // Something of its was written that goes with it.
    h.channel.lookup.list([]);
    h.lose([watcher]);
    h.pass(100_000);
    expect(h.gone).toEqual(["ann"]);
  });
});

describe("after a start", () => {
  it("[CM10] a member that came just before the object slept is still one", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    const bob = h.join("bob");
    h.lose([ann, bob]);
    expect(h.channel.members).toBe(2);
    h.pass(100_000);
    expect(h.channel.members).toBe(2);
  });

  it("[CM17] a rider that was told that it is in is one, though the object died with other things under way", () => {
    const h = new ChannelHarness();
    h.join("ann");
    h.pass(1_000);
    h.publish("ann", 1, "first");
    // The flush is under way: the next one is not written before that is durable.
    const rider = new Reader("bob", "d1", "rider");
    h.channel.join(rider, undefined);
    const kept = h.roster.chunks().flat();
    expect(kept.find(({ user }) => user === "bob")).toMatchObject({ via: "rider" });
    const ann = new Reader("ann");
    h.lose([ann, rider]);
    h.publish("ann", 2, "second");
    h.pass(50);
    expect(rider.data()).toEqual(["second"]);
  });
});
