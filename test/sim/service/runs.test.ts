import { describe, expect, it } from "vitest";
import { OPEN } from "./open.ts";
import { faultOf, HOUR_MS, itHolds } from "./runs.ts";
import { SEEDS } from "./seeds.ts";
import { simulate } from "./simulate.ts";

describe("the service and its clients, whatever happens to them", () => {
  it("[SM1] two runs of a seed are the same, event for event", { timeout: HOUR_MS }, async () => {
    for (const seed of [1, 6, 47]) {
      const [first, second] = [await simulate({ seed, traced: true }), await simulate({ seed, traced: true })];
      expect(
        second.trace.findIndex((line, at) => line !== first.trace[at]),
        `seed ${seed}`,
      ).toBe(-1);
      expect(second.digest).toBe(first.digest);
      expect(first.steps).toBeGreaterThan(1_000);
    }
    expect((await simulate({ seed: 2 })).digest).not.toBe((await simulate({ seed: 1 })).digest);
  });

  it("[SM2] a run without faults ends with nothing refused and nothing amiss", { timeout: HOUR_MS }, async () => {
    const run = await simulate({ seed: 1, calm: true });
    expect(run.violations).toEqual([]);
    expect(run.events.filter(({ is }) => is === "ack").length).toBeGreaterThan(100);
    expect(run.events.filter(({ is }) => is === "delivery").length).toBeGreaterThan(200);
  });

  it("[SM11] a run of channels that grow and shrink ends with everybody in place and nothing amiss", { timeout: HOUR_MS }, async () => {
    const relayed = new Set<boolean>();
    for (const seed of [2, 4]) {
      const { violations, events, objects } = await simulate({ seed, calm: true, extras: { leaves: true } });
      expect(violations, `seed ${seed}`).toEqual([]);
      expect(objects.filter((name) => name.startsWith("leaf:message:")).length).toBeGreaterThan(4);
      expect(events.filter((event) => event.is === "link" && event.reason === "channel moved").length).toBeGreaterThan(5);
      expect(events.filter(({ is }) => is === "delivery").length).toBeGreaterThan(500);
      relayed.add(objects.some((name) => name.startsWith("leaf:message:r")));
    }
    expect(relayed).toEqual(new Set([true, false]));
  });

  it.each(SEEDS)("[SM4] seed $seed: $title", { timeout: HOUR_MS }, async ({ seed, title: _title, ...options }) => {
    expect(await faultOf(seed, options)).toBeUndefined();
  });

  it.each(OPEN)("[SM4] seed $seed is not mended: $title", { timeout: HOUR_MS }, async ({ seed, rule }) => {
    expect(new Set((await simulate({ seed })).violations.map((violation) => violation.rule))).toEqual(new Set([rule]));
  });

  itHolds(0, 2);
});
