import { describe, expect, it } from "vitest";
import { LeafAttendance, type Seated } from "../../../src/domain/leaf/attendance.ts";
import { SeatUnderTest } from "./leaf-ports.ts";

describe("what a leaf reports of its members", () => {
  const opened = (looksAtWhoComes: boolean, ...seats: Seated[]) => {
    const there = new Map(seats.map((seat) => [seat.user, seat]));
    const attendance = new LeafAttendance(
      (user) => there.get(user),
      () => there.values(),
      { looksAtWhoComes },
    );
    return { there, attendance };
  };
  const start = (...seats: Seated[]) => opened(false, ...seats);
  const ann = new SeatUnderTest("ann");

  it("[EL1] has who went and came again before it was reported: the hub may have ended the membership by itself", () => {
    const { attendance } = start(ann);
    attendance.went(ann, "left");
    attendance.came(ann);
    expect(attendance.report()).toMatchObject({ changes: [{ user: "ann", is: "in" }] });
    attendance.answered(false);
    expect(attendance.report()).toBeUndefined();
  });

  it("[EL1] does not have who came and went between two reports, or came by another connection", () => {
    const { there, attendance } = start(ann);
    const bob = new SeatUnderTest("bob");
    attendance.came(bob);
    attendance.went(bob, "lost");
    attendance.came(ann);
    expect(attendance.report()).toMatchObject({ changes: [] });
    attendance.answered(false);
    there.delete("ann");
    attendance.went(ann, "left");
    expect(attendance.report()).toMatchObject({ changes: [{ user: "ann", is: "left" }], after: { count: 0, mixed: 0 } });
  });

  it("[EL15] is how many users are there, where they are counted, and only when that is another number", () => {
    const phone = new SeatUnderTest("ann", "phone");
    const { there, attendance } = start(ann, phone);
    attendance.follow(true);
    expect(attendance.report()).toEqual({ no: 1, users: 1 });
    attendance.answered(false);
    expect(attendance.roll).toEqual({ digest: { count: 1, mixed: undefined }, reports: 1 });
    const bob = new SeatUnderTest("bob");
    there.set("bob", bob);
    attendance.came(bob);
    there.delete("bob");
    attendance.went(bob, "left");
    expect(attendance.report()).toBeUndefined();
    there.set("bob", bob);
    attendance.came(bob);
    expect(attendance.report()).toEqual({ no: 2, users: 2 });
  });

  it("[EL15] names where they are counted whoever is known by name, with goodbyes, and says by which list", () => {
    const [bob, cho] = [new SeatUnderTest("bob"), new SeatUnderTest("cho")];
    const { there, attendance } = start(ann, bob, cho);
    attendance.follow(true);
    attendance.name(["bob", "cho", "dan"], 7);
    const seat = (user: string) => ({ user, device: "d", generation: 1 });
    expect(attendance.report()).toEqual({ no: 1, users: 1, named: [seat("bob"), seat("cho")], namedBy: 7 });
    attendance.answered(false);
    expect(attendance.report()).toBeUndefined();
    for (const [who, gone] of [
      [bob, "left"],
      [cho, "lost"],
      [ann, "left"],
    ] as const) {
      there.delete(who.user);
      attendance.went(who, gone);
    }
    expect(attendance.report()).toEqual({ no: 2, users: 0, namedBy: 7, left: [seat("bob")] });
    attendance.answered(false);
    // The same number with other names is news.
    attendance.name(["ann"], 8);
    there.set("ann", ann);
    attendance.came(ann);
    expect(attendance.report()).toEqual({ no: 3, users: 0, named: [seat("ann")], namedBy: 8 });
  });

  it("[EL15] has no goodbye of one who is back before it was told", () => {
    const { attendance } = start(ann);
    attendance.follow(true);
    attendance.name(["ann"], 7);
    attendance.report();
    attendance.answered(false);
    attendance.went(ann, "left");
    attendance.came(ann);
    expect(attendance.report()).toBeUndefined();
    attendance.wantCheck();
    expect(attendance.report()).not.toHaveProperty("left");
  });

  it("[RC14] names each who comes once, where the channel looks at that, and everybody where the hub has another number", () => {
    const { there, attendance } = opened(true, ann);
    attendance.follow(true);
    expect(attendance.report()).toEqual({ no: 1, users: 1, came: ["ann"] });
    attendance.answered(false);
    expect(attendance.report()).toBeUndefined();
    const bob = new SeatUnderTest("bob");
    there.set("bob", bob);
    attendance.came(bob);
    const report = attendance.report();
    expect(report).toEqual({ no: 2, users: 2, came: ["bob"] });
    // Its answer got lost.
    expect(attendance.report()).toBe(report);
    attendance.answered(false);
    attendance.wantWhole();
    expect(attendance.report()).toEqual({ no: 3, users: 2, came: ["ann", "bob"] });
  });

  it("[EL16] is the whole list when they are named again, whatever was on its way", () => {
    const { attendance } = start(ann);
    attendance.follow(true);
    expect(attendance.report()).toMatchObject({ users: 1 });
    attendance.follow(false);
    attendance.answered(false);
    expect(attendance.report()).toMatchObject({ no: 2, base: undefined, changes: [{ user: "ann", is: "in" }] });
  });

  it("[EL15] knows after each that came or went what it would know if it went through everybody", () => {
    const there = new Map<string, SeatUnderTest>();
    const of = () =>
      new LeafAttendance(
        (user, device) => there.get(`${user} ${device}`),
        () => there.values(),
        { counted: true },
      );
    const attendance = of();
    let random = 7;
    const draw = (below: number): number => {
      random = (random * 48_271) % 2_147_483_647;
      return random % below;
    };
    let names: string[] = [];
    for (let step = 1; step <= 2_000; step++) {
      const [user, device] = [`user${draw(12)}`, `d${draw(3)}`];
      const key = `${user} ${device}`;
      const present = there.get(key);
      if (draw(50) === 0) {
        names = Array.from({ length: draw(4) }, () => `user${draw(12)}`);
        attendance.name(names, step);
      } else if (present !== undefined && draw(2) === 0) {
        there.delete(key);
        attendance.went(present, draw(2) === 0 ? "left" : "lost");
      } else {
        // One that is there takes its own place.
        const seat = new SeatUnderTest(user, device, step);
        there.set(key, seat);
        attendance.came(seat);
      }
      const anew = of();
      anew.name(names, step);
      anew.wantCheck();
      attendance.wantCheck();
      const [is, should] = [attendance.report(), anew.report()];
      if (is === undefined || should === undefined || !("users" in is) || !("users" in should)) throw new Error("no number");
      const named = (seats: typeof is.named) => (seats ?? []).map((one) => `${one.user} ${one.device} ${one.generation}`).sort();
      expect([is.users, named(is.named)]).toEqual([should.users, named(should.named)]);
      attendance.answered(false);
    }
  });
});
