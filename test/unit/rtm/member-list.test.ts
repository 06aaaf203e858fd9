import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { MemberList } from "../../../src/rtm/member-list.ts";

const load =
  (...users: string[]) =>
  (): Promise<string[]> =>
    Promise.resolve(users);

describe("who is in a channel", () => {
  it("[RX72] is not known before the program asks", async () => {
    const list = new MemberList();
    expect([list.isKnown, list.hear({ came: true, users: ["ann"] }), await list.missed(load("ann", "bob"))]).toEqual([false, ["ann"], []]);
    expect(await list.read(load("ann", "bob"))).toEqual(["ann", "bob"]);
    expect(list.isKnown).toBe(true);
    list.forget();
    expect(list.isKnown).toBe(false);
  });

  it("[RX72] is told once, whether a list or the channel says it first", async () => {
    const list = new MemberList();
    await list.read(load("ann", "bob"));
    const missed = await list.missed(load("ann", "cy"));
    expect(missed).toEqual([
      { came: false, users: ["bob"] },
      { came: true, users: ["cy"] },
    ]);
    expect(list.hear({ came: true, users: ["cy", "dan"] })).toEqual(["dan"]);
    // And what happens later is news again.
    expect(list.hear({ came: false, users: ["cy"] })).toEqual(["cy"]);
    expect(list.hear({ came: true, users: ["bob", "cy"] })).toEqual(["bob", "cy"]);
    expect(await list.missed(load("ann", "bob", "cy", "dan"))).toEqual([
      { came: false, users: [] },
      { came: true, users: [] },
    ]);
  });

  it("[RX72] holds what the channel says while a list is on its way", async () => {
    const list = new MemberList();
    await list.read(load("ann"));
    const coming = Promise.withResolvers<string[]>();
    const missed = list.missed(() => coming.promise);
    expect(list.hear({ came: true, users: ["bob"] })).toEqual(["bob"]);
    coming.resolve(["ann", "cy"]);
    expect(await missed).toEqual([
      { came: false, users: [] },
      { came: true, users: ["cy"] },
    ]);
  });

  it("[RX72] is forgotten in a channel too large for anybody to be told, and by leaving while a list is on its way", async () => {
    const list = new MemberList();
    const crowd = Array.from({ length: LIMITS.presenceEventMembers + 1 }, (_, n) => `user ${n}`);
    expect(await list.read(load(...crowd))).toHaveLength(crowd.length);
    expect(list.isKnown).toBe(false);
    const coming = Promise.withResolvers<string[]>();
    const read = list.read(() => coming.promise);
    list.forget();
    coming.resolve(["ann"]);
    expect([await read, list.isKnown]).toEqual([["ann"], false]);
  });
});
