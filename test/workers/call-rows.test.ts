import { describe, expect, it } from "vitest";
import type { CallView } from "../../src/protocol/messages/call.ts";
import { Device, userStub } from "./device.ts";
import { type Cost, costOf } from "./row-meter.ts";

/** One token: its end does not move with every login. */
const login = async (user: string): Promise<Device> => (await Device.login(user, { tokenExpiresAt: Date.now() + 7_200_000 })).device;
const cost = (work: () => Promise<unknown>): Promise<Cost> => costOf(userStub("meter"), work);

/** The next change of the call that stands so for this user. */
async function until(device: Device, user: string, state: string): Promise<void> {
  for (;;) {
    const { call } = (await device.next("notice")) as { call?: CallView };
    if (call?.members.some((member) => member.user === user && member.state === state)) return;
  }
}

// In a file of its own: other calls write when they like.
describe("rows and alarms of a call", () => {
  it("[CL38] of two, placed, answered and hung up", async () => {
    const [a, b] = [await login("ann"), await login("bob")];
    const call = "0123456789abcdef0123456789abcdef";
    const step = (by: Device, op: string, input: object, state: string): Promise<Cost> =>
      cost(async () => {
        await by.request(op, { call, ...input });
        for (const device of [a, b]) await until(device, "bob", state);
        // What the word of it has caused is done, too.
        for (const device of [a, b]) await device.settle();
      });
    const placed = await step(a, "call.invite", { to: ["bob"] }, "calling");
    const rung = await step(b, "call.ringing", {}, "ringing");
    const answered = await step(b, "call.accept", {}, "joined");
    const over = await step(a, "call.leave", {}, "left");
    expect({ placed, rung, answered, over }).toEqual({
      // The call; the caller's pointer, and the alarm that watches its device; the callee's pointer.
      placed: { rows: 4, alarms: 2 },
      rung: { rows: 1, alarms: 0 },
      // And the callee is watched.
      answered: { rows: 3, alarms: 1 },
      over: { rows: 5, alarms: 0 },
    });
  });
});
