import { describe, expect, test } from "vitest";
import { accountOf, broken, percentile } from "../../../prove/experiments/packet-loss/account.ts";
import type { RunEvent } from "../../../prove/record/event.ts";

const EVERYBODY = ["ann", "bob"];
const TO_BOB = { writer: "ann/d>user:bob", target: "user:bob" } as const;
const TO_ALL = { writer: "ann/d>channel:loss", target: "channel:loss" } as const;

const attempt = (at: number, n: number, to: typeof TO_BOB | typeof TO_ALL = TO_BOB): RunEvent => ({ is: "attempt", at, device: "ann/d", n, ...to });
const ack = (at: number, n: number, to: typeof TO_BOB | typeof TO_ALL = TO_BOB): RunEvent => ({ is: "ack", at, device: "ann/d", n, ...to });
const delivery = (at: number, n: number, device = "bob/d", to: typeof TO_BOB | typeof TO_ALL = TO_BOB): RunEvent => ({ is: "delivery", at, device, n, ...to });
const rules = (events: readonly RunEvent[]): string[] => broken(events, EVERYBODY).map(({ rule }) => rule);

describe("the account of a lossy network", () => {
  test("[NL20] is content with what arrives once and in order", () => {
    const events = [attempt(0, 1), attempt(1, 2), delivery(5, 1), delivery(6, 2), ack(7, 1), ack(8, 2)];
    expect(rules(events)).toEqual([]);
    expect(accountOf(events, EVERYBODY)).toMatchObject({ said: 2, acknowledged: 2, arrived: 2, missing: 0, repeated: 0, arrivalMs: [5, 5], ackMs: [7, 7] });
  });

  test("[NL20] sees what was acknowledged and never came, to one of those whom it was for", () => {
    expect(rules([attempt(0, 1), ack(2, 1)])).toEqual(["NL20"]);
    expect(rules([attempt(0, 1, TO_ALL), ack(2, 1, TO_ALL), delivery(3, 1, "ann/d", TO_ALL)])).toEqual(["NL20"]);
  });

  test("[NL20] takes a gap that was told for an answer", () => {
    const gap: RunEvent = { is: "gap", at: 5, device: "bob/d", target: "user:bob", reason: "too-old" };
    expect(rules([attempt(0, 1), ack(2, 1), gap])).toEqual([]);
  });

  test("[NL20] sees repeats and inversions", () => {
    expect(rules([attempt(0, 1), delivery(5, 1), delivery(6, 1), ack(7, 1)])).toEqual(["NL20"]);
    expect(rules([attempt(0, 1), attempt(0, 2), delivery(5, 2), delivery(6, 1), ack(7, 1), ack(7, 2)])).toEqual(["NL20"]);
  });

  test("[NL21] sees what has no outcome; a failure that is told is one, and loses nothing", () => {
    expect(rules([attempt(0, 1)])).toEqual(["NL21"]);
    const refused: RunEvent = { is: "refused", at: 9, device: "ann/d", n: 1, ...TO_BOB, code: "timeout" };
    expect(rules([attempt(0, 1), refused])).toEqual([]);
    expect(accountOf([attempt(0, 1), refused], EVERYBODY)).toMatchObject({ failed: 1, arrived: 0, missing: 1 });
  });

  test("[NL20] reads percentiles off rising values", () => {
    expect([50, 90, 100].map((percent) => percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], percent))).toEqual([5, 9, 10]);
    expect(percentile([], 50)).toBeNaN();
  });
});
