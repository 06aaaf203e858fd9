import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LIMITS, TIMINGS } from "../../src/protocol/limits.ts";
import type { CallView } from "../../src/protocol/messages/call.ts";
import { callName } from "../../src/server/objects/locate.ts";
import type { SessionTrust } from "../../src/server/trust.ts";
import { APP, Device, userStub } from "./device.ts";

let count = 0;
const newUser = (name: string): string => `${name}-${++count}`;
const newCall = (): string => crypto.randomUUID().replaceAll("-", "");
const callStub = (call: string) => env.CALL.getByName(callName(APP, call));
/** One token: its end does not move with every login. */
const token: Partial<SessionTrust> = { tokenExpiresAt: Date.now() + 7_200_000 };
const login = async (user: string): Promise<Device> => (await Device.login(user, token)).device;
const viewOf = (reply: Record<string, unknown>): CallView => (reply.ok as { call: CallView }).call;

/** The next change of the call that stands so for this user. */
async function until(device: Device, user: string, state: string): Promise<CallView> {
  for (;;) {
    const { call } = (await device.next("notice")) as { call?: CallView };
    if (call?.members.some((member) => member.user === user && member.state === state)) return call;
  }
}

async function pair() {
  const [ann, bob] = [newUser("ann"), newUser("bob")];
  return { ann, bob, a: await login(ann), b: await login(bob), call: newCall() };
}

afterEach(() => void vi.useRealTimers());

describe("a call's objects", () => {
  it("[CL35] sleep between any two steps, and nobody notices", async () => {
    const { ann, bob, a, b, call } = await pair();
    const sleep = async () => {
      for (const stub of [callStub(call), userStub(ann), userStub(bob)]) await evictDurableObject(stub);
    };
    await a.request("call.invite", { call, to: [bob] });
    await until(b, bob, "calling");
    await sleep();
    await b.request("call.ringing", { call });
    await until(a, bob, "ringing");
    await sleep();
    await b.request("call.accept", { call });
    await until(a, bob, "joined");
    await sleep();
    expect(viewOf(await a.request("call.leave", { call }))).toMatchObject({ phase: "ended", end: "left" });
    await until(b, bob, "left");
  });

  it("[CL36] end a ring by the alarm, and forget the call an hour after its end", async () => {
    const { bob, a, b, call } = await pair();
    const start = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: start });
    await a.request("call.invite", { call, to: [bob] });
    await until(b, bob, "calling");
    await evictDurableObject(callStub(call));
    vi.setSystemTime(start + TIMINGS.callReachMs);
    await runDurableObjectAlarm(callStub(call));
    await until(a, bob, "unreachable");
    // The one that writes down that everybody was told, and the last one.
    for (const later of [TIMINGS.callTellMs + 1, TIMINGS.callKeptMs + 1]) {
      vi.setSystemTime(start + TIMINGS.callReachMs + later);
      await runDurableObjectAlarm(callStub(call));
    }
    await runInDurableObject(callStub(call), async (_object, ctx) => {
      expect(ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'call'").toArray()).toEqual([]);
      expect(await ctx.storage.getAlarm()).toBeNull();
    });
  });

  it("[CL37] are not made by asking after a call that never was", async () => {
    const { a, call } = await pair();
    for (const op of ["call.ringing", "call.accept", "call.refuse", "call.leave"])
      expect(await a.request(op, { call })).toMatchObject({ error: { code: "not_found" } });
    await runInDurableObject(callStub(call), (_object, ctx) => {
      expect(ctx.storage.sql.exec("SELECT name FROM sqlite_master").toArray()).toEqual([]);
    });
  });

  it("[CL22] bound how many calls a user has, and how many people a call", async () => {
    const { ann, a } = await pair();
    const invite = (more: object) => a.request("call.invite", { call: newCall(), to: [newUser("nobody")], exclusive: false, ...more });
    for (let placed = 0; placed < LIMITS.callsPerUser; placed++) expect(await invite({})).toHaveProperty("ok");
    expect(await invite({})).toMatchObject({ error: { code: "limit_exceeded", limit: LIMITS.callsPerUser } });
    const cy = await login(newUser("cy"));
    const crowd = Array.from({ length: LIMITS.callMembers - 1 }, () => newUser("one"));
    const call = newCall();
    expect(await cy.request("call.invite", { call, to: crowd })).toHaveProperty("ok");
    expect(await cy.request("call.add", { call, to: [ann] })).toMatchObject({ error: { code: "limit_exceeded", limit: LIMITS.callMembers } });
    expect(await cy.request("call.invite", { call: newCall(), to: [...crowd, ann] })).toMatchObject({ error: { code: "bad_request" } });
  });
});
