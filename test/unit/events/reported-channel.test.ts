import { describe, expect, it } from "vitest";
import { Attendance } from "../../../src/domain/channel/attendance.ts";
import { CountedMembers } from "../../../src/domain/channel/counted.ts";
import type { PresenceChange } from "../../../src/domain/channel/members.ts";
import { ChannelHarness, MemoryChannelStateStore, MemoryRosterStore, Reader } from "../../support/memory-channel.ts";

const SILENCE_MS = 90_000;

describe("a channel whose comings and goings are reported", () => {
  it.each([
    [true, 0],
    [false, 1],
  ])("[EV14] notices that its only member fell silent: %s", (reported, left) => {
    const harness = new ChannelHarness({ reported });
    const ann = new Reader("ann");
    ann.expires = harness.now + SILENCE_MS;
    harness.channel.join(ann, undefined);
    harness.pass(SILENCE_MS - 1_000);
    expect(harness.channel.members).toBe(1);
    harness.pass(2_000);
    expect(harness.channel.members).toBe(left);
  });

  it("[EV3] tells of a user once, in the turn that writes it", () => {
    const roster = new MemoryRosterStore();
    const told: (PresenceChange & { rows: number })[] = [];
    const attendance = new Attendance({ type: "message", name: "lobby" }, roster, new CountedMembers(new MemoryChannelStateStore()), (change) =>
      told.push({ ...change, rows: roster.rows }),
    );
    const join = (device: string) => attendance.members.join({ user: "ann", device, generation: 1, joinedAt: 0, via: "socket" });
    join("phone");
    attendance.settle(0);
    join("laptop");
    attendance.settle(1);
    attendance.members.leave("ann", "phone");
    attendance.settle(2);
    attendance.members.leave("ann", "laptop");
    attendance.settle(3);
    expect(told).toEqual([
      { joined: ["ann"], left: [], gone: [], rows: 1 },
      { joined: [], left: ["ann"], gone: ["ann"], rows: 4 },
    ]);
  });
});
