import { describe, expect, it } from "vitest";
import { LeafAttendance, type Seated } from "../../../src/domain/leaf/attendance.ts";
import { SeatUnderTest } from "./leaf-ports.ts";

describe("what a leaf reports of its members", () => {
  const start = (...seats: Seated[]) => {
    const there = new Map(seats.map((seat) => [seat.user, seat]));
    const attendance = new LeafAttendance(
      (user) => there.get(user),
      () => there.values(),
    );
    return { there, attendance };
  };
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

  it("[EL16] is the whole list when they are named again, whatever was on its way", () => {
    const { attendance } = start(ann);
    attendance.follow(true);
    expect(attendance.report()).toMatchObject({ users: 1 });
    attendance.follow(false);
    attendance.answered(false);
    expect(attendance.report()).toMatchObject({ no: 2, base: undefined, changes: [{ user: "ann", is: "in" }] });
  });
});
