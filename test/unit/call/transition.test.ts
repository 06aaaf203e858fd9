import { describe, expect, it } from "vitest";
import { type CallState, type Invitation, memberOf, openCall, viewOf } from "../../../src/domain/call/call-state.ts";
import { Teller } from "../../../src/domain/call/teller.ts";
import { type CallEvent, expire, transition } from "../../../src/domain/call/transition.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { callView } from "../../../src/protocol/messages/call.ts";
import { must } from "../../../src/util/assert.ts";

const REACH = 100;
const ANSWER = 200;
const invitation: Invitation = { call: "a".repeat(32), caller: "ann", device: "a1", to: ["bob"], exclusive: true, reachMs: REACH, answerMs: ANSWER };
const two = (): CallState => openCall(invitation, 0);
const three = (): CallState => openCall({ ...invitation, to: ["bob", "cy"] }, 0);

/** The call after these events, all of which it takes. */
function having(start: CallState, ...events: CallEvent[]): CallState {
  return events.reduce((state, event) => {
    const next = transition(state, event, 10);
    if (!next.ok) throw new Error(`${event.kind}: ${next.error.message}`);
    expect(callView.safeParse(viewOf(next.value)).error).toBeUndefined();
    return next.value;
  }, start);
}
const refusal = (state: CallState, event: CallEvent, now = 10): string | undefined => {
  const next = transition(state, event, now);
  return next.ok ? undefined : next.error.code;
};
const standing = (state: CallState): string[] => state.members.map((member) => member.state);

const ringing = (user: string): CallEvent => ({ kind: "ringing", user });
const accept = (user: string, device: string, takeOver?: boolean): CallEvent => ({ kind: "accept", user, device, takeOver });
const refuse = (user: string): CallEvent => ({ kind: "refuse", user });
const leave = (user: string, device: string): CallEvent => ({ kind: "leave", user, device });
const lost = (user: string, device: string): CallEvent => ({ kind: "lost", user, device });
const tried = (user: string, online: boolean, busy = false): CallEvent => ({ kind: "tried", user, online, busy });

describe("a call's transitions", () => {
  const endings: readonly (readonly [name: string, events: readonly CallEvent[], end: string, members: readonly string[]])[] = [
    ["refused", [refuse("bob")], "refused", ["left", "refused"]],
    ["cancelled", [leave("ann", "a1")], "cancelled", ["left", "cancelled"]],
    ["its caller lost", [ringing("bob"), lost("ann", "a1")], "lost", ["lost", "cancelled"]],
    ["busy", [tried("bob", true, true)], "busy", ["left", "busy"]],
    ["hung up by the caller", [accept("bob", "b1"), leave("ann", "a1")], "left", ["left", "left"]],
    ["hung up by the callee", [accept("bob", "b1"), leave("bob", "b1")], "left", ["left", "left"]],
    ["its callee lost", [accept("bob", "b1"), lost("bob", "b1")], "lost", ["left", "lost"]],
    ["merged", [{ kind: "merge", user: "bob", into: "0".repeat(32) }], "merged", ["left", "cancelled"]],
    ["ended by the app", [ringing("bob"), { kind: "end" }], "ended-by-app", ["left", "cancelled"]],
  ];
  for (const [name, events, end, members] of endings) {
    it(`[CL26] ${name}: over for all, and stays so`, () => {
      const state = having(two(), ...events);
      expect([state.end, standing(state)]).toEqual([end, members]);
      for (const late of [ringing("bob"), accept("bob", "b2"), accept("ann", "a1")]) expect(refusal(state, late)).toBe("conflict");
      for (const late of [leave("ann", "a1"), lost("ann", "a1"), tried("bob", true, true), { kind: "end" } as const, { kind: "time" } as const])
        expect(transition(state, late, 1_000_000)).toEqual({ ok: true, value: state });
    });
  }

  it("[CL25] repeats change nothing, and each difference is a version", () => {
    const rung = having(two(), ringing("bob"));
    expect(having(rung, ringing("bob"))).toBe(rung);
    const answered = having(rung, accept("bob", "b1"));
    expect(having(answered, accept("bob", "b1"), ringing("bob"), tried("bob", false))).toBe(answered);
    expect([two().version, rung.version, answered.version]).toEqual([1, 2, 3]);
    expect(refusal(answered, accept("bob", "b2"))).toBe("conflict");
    const refused = having(three(), refuse("bob"));
    expect(having(refused, refuse("bob"))).toBe(refused);
  });

  it("[CL9] a take-over leaves the old device nothing to say", () => {
    const moved = having(two(), accept("bob", "b1"), accept("bob", "b2", true));
    expect(memberOf(moved, "bob")).toMatchObject({ state: "joined", device: "b2" });
    expect(refusal(moved, leave("bob", "b1"))).toBe("conflict");
    expect(having(moved, lost("bob", "b1"))).toBe(moved);
  });

  it("[CL7] [CL8] [CL23] legs end at their time, whoever comes too late", () => {
    const rung = having(two(), ringing("bob"));
    expect(memberOf(rung, "bob")?.until).toBe(10 + ANSWER);
    expect(standing(expire(rung, 10 + ANSWER - 1))).toEqual(["joined", "ringing"]);
    expect([expire(rung, 10 + ANSWER).end, standing(expire(rung, 10 + ANSWER))]).toEqual(["missed", ["left", "missed"]]);
    expect(refusal(rung, accept("bob", "b1"), 10 + ANSWER)).toBe("conflict");
    const away = expire(having(two(), tried("bob", false)), REACH);
    expect([away.end, memberOf(away, "bob")]).toEqual(["unreachable", { user: "bob", state: "unreachable", online: false }]);
    expect(memberOf(expire(having(two(), tried("bob", true)), REACH), "bob")?.online).toBe(true);
  });

  it("[CL16] a call of several ends with its last ring, or its last but one", () => {
    const one = having(three(), accept("bob", "b1"), leave("ann", "a1"));
    expect([one.end, standing(one)]).toEqual([undefined, ["left", "joined", "calling"]]);
    expect(having(one, refuse("cy")).end).toBe("refused");
    expect(having(one, accept("cy", "c1"), leave("bob", "b1")).end).toBe("left");
    // Nobody is left for whom it could ring.
    expect(standing(having(one, leave("bob", "b1")))).toEqual(["left", "left", "cancelled"]);
    expect(having(three(), refuse("bob"), tried("cy", true, true)).end).toBe("busy");
  });

  it("[CL17] [CL18] who is out may come in, and may be called again", () => {
    const active = having(three(), accept("bob", "b1"), refuse("cy"));
    expect(standing(having(active, accept("cy", "c1")))).toEqual(["joined", "joined", "joined"]);
    expect(standing(having(active, { kind: "add", user: "bob", to: ["cy", "dan", "ann"] }))).toEqual(["joined", "joined", "calling", "calling"]);
    expect(refusal(active, { kind: "add", user: "cy", to: ["dan"] })).toBe("conflict");
    // Before anybody has answered, a refusal is a refusal.
    expect(refusal(having(three(), refuse("cy")), accept("cy", "c1"))).toBe("conflict");
  });

  it("[CL5] who has not answered may refuse, not leave", () => {
    expect(refusal(two(), leave("bob", "b1"))).toBe("conflict");
    expect(having(two(), lost("bob", "b1"))).toMatchObject({ version: 1 });
    expect(refusal(having(two(), accept("bob", "b1")), refuse("bob"))).toBe("conflict");
    expect(refusal(two(), ringing("eve"))).toBe("not_found");
  });

  it("[CL12] the loser gives way even where it was answered, and only to one", () => {
    const merged = having(two(), accept("bob", "b1"), { kind: "merge", user: "ann", into: "0".repeat(32) });
    expect([merged.end, merged.into]).toEqual(["merged", "0".repeat(32)]);
    expect(having(merged, { kind: "merge", user: "bob", into: "0".repeat(32) })).toBe(merged);
    expect(refusal(merged, { kind: "merge", user: "bob", into: "1".repeat(32) })).toBe("conflict");
    expect(refusal(three(), { kind: "merge", user: "ann", into: "0".repeat(32) })).toBe("conflict");
    const joined = having(two(), { kind: "join", user: "bob", device: "b1", other: "f".repeat(32) });
    expect(memberOf(joined, "bob")).toEqual({ user: "bob", state: "joined", device: "b1" });
    expect(refusal(having(two(), refuse("bob")), { kind: "join", user: "bob", device: "b1", other: "f".repeat(32) })).toBe("conflict");
  });

  it("[CL22] answers that no frame could hold are refused, and change nothing", () => {
    const many = Array.from({ length: LIMITS.callMembers - 1 }, (_, index) => `user-${index}`);
    const worst = "\u0001".repeat(LIMITS.callTextBytes);
    let state = openCall({ ...invitation, to: many }, 0);
    const codes = many.map((user) => {
      const next = transition(state, { kind: "accept", user, device: "d", response: worst }, 10);
      if (next.ok) state = next.value;
      return next.ok ? "ok" : next.error.code;
    });
    expect(new Set(codes)).toEqual(new Set(["ok", "limit_exceeded"]));
    expect(JSON.stringify(viewOf(state)).length).toBeLessThanOrEqual(LIMITS.callViewChars);
  });
});

describe("telling", () => {
  it("[CL39] gives each member the newest version, one call at a time, and some at once", async () => {
    const members = Array.from({ length: 10 }, (_, index) => ({ user: `u${index}`, state: "calling" as const }));
    let state: CallState = { ...two(), members };
    const told: [string, number][] = [];
    const waiting: (() => void)[] = [];
    const teller = new Teller(
      {
        state: () => state,
        tell: (user, view) => {
          told.push([user, view.version]);
          return new Promise((resume) => waiting.push(() => resume({ online: true, busy: false })));
        },
        heard: () => {},
        failed: () => {},
      },
      6,
    );
    const done = teller.tell();
    expect(told).toHaveLength(6);
    state = { ...state, version: 3 };
    void teller.tell();
    expect(told).toHaveLength(6);
    while (!teller.done) {
      must(waiting.shift(), "somebody who is being told")();
      await new Promise((resume) => setImmediate(resume));
    }
    for (const resume of waiting) resume();
    await done;
    for (const { user } of members) expect(told.filter(([name]) => name === user).at(-1)).toEqual([user, 3]);
    expect(told.every(([, version]) => version === 1 || version === 3)).toBe(true);
  });
});
