import { describe, expect, it } from "vitest";
import type { MemberLookup } from "../../../src/domain/channel/member-lookup.ts";
import type { Presence } from "../../../src/domain/channel/members.ts";
import { Whereabouts } from "../../../src/domain/room/whereabouts.ts";

const seat = (user: string): Presence => ({ user, device: "d", generation: 1, joinedAt: 1, via: "leaf", leaf: 3 });

/** `listed` stand in the list, `seated` on leaves; `counted`: leaves are asked. */
function whereaboutsOf({ listed = [], seated = [], counted = true }: { listed?: string[]; seated?: string[]; counted?: boolean }) {
  const asked: string[][] = [];
  const barred = new Set<string>();
  const lookup: Pick<MemberLookup, "isListed" | "find"> = {
    isListed: (user) => listed.includes(user),
    find: (users) => {
      const unknown = users.filter((user) => !listed.includes(user));
      if (!counted || unknown.length === 0) return undefined;
      asked.push(unknown);
      return Promise.resolve(seated.filter((user) => unknown.includes(user)).map(seat));
    },
  };
  const whereabouts = new Whereabouts(
    () => lookup,
    (user) => barred.has(user),
  );
  return { whereabouts, asked, barred };
}

describe("who is in a room", () => {
  it("[EL18] is who its leaf vouches for, as long as the request runs, at once and without asking anybody", () => {
    const { whereabouts, asked } = whereaboutsOf({ listed: ["host"], counted: false });
    const release = whereabouts.hold(["ann", "host"], seat("ann"));
    if (release instanceof Promise) throw new Error("it asks");
    expect(["ann", "host", "bob"].map((user) => whereabouts.has(user))).toEqual([true, true, false]);
    expect(whereabouts.seatsOf("ann")).toEqual([seat("ann")]);
    release();
    expect(["ann", "host"].map((user) => whereabouts.has(user))).toEqual([false, true]);
    expect(asked).toEqual([]);
  });

  it("[RC14] is asked of leaves for those whom a request names and no list has, until the last request that names them has ended", async () => {
    const { whereabouts, asked } = whereaboutsOf({ listed: ["host"], seated: ["bob"] });
    const first = await whereabouts.hold(["ann", "bob", "cho", "host", "bob"], seat("ann"));
    const second = await whereabouts.hold(["bob"]);
    expect(asked).toEqual([["bob", "cho"], ["bob"]]);
    expect(["ann", "bob", "cho"].map((user) => whereabouts.has(user))).toEqual([true, true, false]);
    first();
    expect([whereabouts.has("ann"), whereabouts.has("bob")]).toEqual([false, true]);
    second();
    expect(whereabouts.has("bob")).toBe(false);
  });

  it("[EL18] [RJ1] is not who is being sent out or is blocked, whatever its leaf says; a straggler is found again", async () => {
    const { whereabouts, barred } = whereaboutsOf({ seated: ["ann"] });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const release = await whereabouts.hold(["ann"]);
    const out = whereabouts.sendOut("ann", promise);
    expect(whereabouts.has("ann")).toBe(false);
    const late = whereabouts.hold([], seat("ann"));
    expect(whereabouts.has("ann")).toBe(false);
    resolve(true);
    expect(await out).toBe(true);
    // What was said before it was out counts no more; it may come again.
    expect(whereabouts.has("ann")).toBe(false);
    (await late)();
    release();
    const again = await whereabouts.hold([], seat("ann"));
    expect(whereabouts.has("ann")).toBe(true);
    barred.add("ann");
    expect([whereabouts.has("ann"), whereabouts.stragglers(["ann", "bob"])]).toEqual([false, ["ann"]]);
    again();
    expect(whereabouts.stragglers(["ann"])).toEqual([]);
  });
});
