import { expect, it } from "vitest";
import { openCall, viewOf } from "../../../src/domain/call/call-state.ts";
import { forget, type Pointer } from "../../../src/domain/call/pointers.ts";
import { nextRingStep, type Ringing, ringAnswered } from "../../../src/domain/call/ring.ts";

const MINE = "1".repeat(32);
const THEIRS = "2".repeat(32);
const view = viewOf(openCall({ call: THEIRS, caller: "bob", device: "b1", to: ["ann"], exclusive: true, reachMs: 100, answerMs: 100 }, 0));
const mine: Pointer = { call: MINE, version: 2, standing: "joined", exclusive: true, placed: true, peer: "bob", device: "a1", at: 0 };

it("[CL41] a ring that crosses a call which has just ended looks at that one, and rings: it does not ask to join it for ever", () => {
  const pointers = new Map([[MINE, mine]]);
  let ringing: Ringing = { view, confirmed: [] };
  const join = nextRingStep(pointers, ringing, "ann");
  expect(join).toMatchObject({ kind: "ask", ask: { call: MINE, event: { kind: "join", user: "bob" } } });
  if (join.kind !== "ask") return;
  ringing = ringAnswered(ringing, join.ask, false);
  const look = nextRingStep(pointers, ringing, "ann");
  expect(look).toEqual({ kind: "ask", ask: { call: MINE, event: { kind: "look" } } });
  if (look.kind !== "ask") return;
  ringing = ringAnswered(ringing, look.ask, true);
  expect(nextRingStep(pointers, ringing, "ann"), "it goes on after all").toEqual({ kind: "busy" });
  expect(nextRingStep(forget(pointers, MINE, 1), ringing, "ann")).toEqual({ kind: "news" });
});
