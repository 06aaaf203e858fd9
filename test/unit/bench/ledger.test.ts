import { describe, expect, it } from "vitest";
import { Histogram } from "../../../bench/lib/histogram.ts";
import { DeliveryError, Ledger } from "../../../bench/lib/ledger.ts";

function ledgerOf(members: number, publishers: number, window: number) {
  const completed: number[] = [];
  const latency = new Histogram();
  const ledger = new Ledger({ members, publishers, window, latency, onComplete: (publisher) => completed.push(publisher) });
  return { ledger, completed, latency };
}

describe("exactly-once checker", () => {
  it("[BE4] completes a message once, when the last member has it", () => {
    const { ledger, completed } = ledgerOf(3, 2, 4);
    ledger.publish(1, 0);
    ledger.deliver(0, 1, 0, 1);
    ledger.deliver(2, 1, 0, 1);
    expect(completed).toEqual([]);
    ledger.deliver(1, 1, 0, 1);
    expect(completed).toEqual([1]);
    expect(ledger.outstanding).toBe(0);
    expect(ledger.delivered).toBe(3);
  });

  it("[BE4] lets the publisher go on from within the completion", () => {
    const latency = new Histogram();
    const ledger: Ledger = new Ledger({ members: 1, publishers: 1, window: 1, latency, onComplete: () => void ledger.publish(0, 5) });
    ledger.publish(0, 0);
    ledger.deliver(0, 0, 0, 5);
    ledger.deliver(0, 0, 1, 9);
    expect(ledger.published).toBe(3);
  });

  it("[BE1] refuses a duplicate and says whose", () => {
    const { ledger } = ledgerOf(2, 1, 4);
    ledger.publish(0, 0);
    ledger.deliver(1, 0, 0, 1);
    expect(() => ledger.deliver(1, 0, 0, 2)).toThrow("member 1 got 0.0, a duplicate: 0.1 was next");
  });

  it("[BE2] refuses a later message before an earlier one of the same publisher", () => {
    const { ledger } = ledgerOf(1, 1, 4);
    ledger.publish(0, 0);
    ledger.publish(0, 0);
    expect(() => ledger.deliver(0, 0, 1, 1)).toThrow("out of order, or after a loss: 0.0 was next");
  });

  it("[BE2] takes messages of different publishers in any order", () => {
    const { ledger, completed } = ledgerOf(1, 2, 1);
    ledger.publish(0, 0);
    ledger.publish(1, 0);
    ledger.deliver(0, 1, 0, 1);
    ledger.deliver(0, 0, 0, 1);
    expect(completed).toEqual([1, 0]);
  });

  it("[BE3] refuses what was never published, and strangers", () => {
    const { ledger } = ledgerOf(1, 1, 4);
    expect(() => ledger.deliver(0, 0, 0, 1)).toThrow("never published");
    expect(() => ledger.deliver(0, 1, 0, 1)).toThrow(DeliveryError);
    expect(() => ledger.deliver(1, 0, 0, 1)).toThrow(DeliveryError);
  });

  it("[BE5] says what is missing where", () => {
    const { ledger } = ledgerOf(3, 2, 4);
    ledger.publish(1, 0);
    ledger.publish(1, 0);
    ledger.deliver(0, 1, 0, 1);
    ledger.deliver(0, 1, 1, 1);
    ledger.deliver(1, 1, 0, 1);
    expect(() => ledger.assertComplete()).toThrow("3 deliveries are missing; the first, at member 1 from publisher 1");
    ledger.deliver(1, 1, 1, 1);
    ledger.deliver(2, 1, 0, 1);
    ledger.deliver(2, 1, 1, 1);
    expect(() => ledger.assertComplete()).not.toThrow();
  });

  it("[BE6] holds a publisher to its window", () => {
    const { ledger } = ledgerOf(1, 1, 2);
    ledger.publish(0, 0);
    ledger.publish(0, 0);
    expect(() => ledger.publish(0, 0)).toThrow("2 messages outstanding");
    ledger.deliver(0, 0, 0, 1);
    expect(ledger.publish(0, 1)).toBe(2);
  });

  it("[BE8] records the time from publish to each delivery", () => {
    const { ledger, latency } = ledgerOf(2, 1, 1);
    ledger.publish(0, 100);
    ledger.deliver(0, 0, 0, 101);
    ledger.deliver(1, 0, 0, 110);
    expect(latency.total).toBe(2);
    expect(latency.percentile(0.5)).toBeCloseTo(1000, -2);
    expect(latency.max).toBe(10_000);
  });
});
