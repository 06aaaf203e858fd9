import { describe, expect, it } from "vitest";
import { Effort, Pace } from "../../../src/domain/channel/pace.ts";
import { ChannelHarness } from "../../support/memory-channel.ts";

const START = 1_000_000;

describe("the pace of an isolate", () => {
  it("[CH28] a quiet channel sends at once as long as the others leave it the processor, and collects for at most 100 ms where they do not", () => {
    const pace = new Pace();
    const h = new ChannelHarness({}, undefined, pace);
    const ann = h.join("ann");
    h.pass(5000);
    const others = new Effort();
    const firstAfter = (share: number): number => {
      // Work of others that goes on until the message is there.
      pace.worked(others, share * 250, h.now);
      const before = ann.data().length;
      h.publish("ann", h.now, "x");
      for (let ms = 0; ms <= 200; ms++) {
        if (ann.data().length > before) return ms;
        pace.worked(others, share, h.now);
        h.pass(1);
      }
      throw new Error("it never came");
    };
    expect(firstAfter(0)).toBe(1);
    h.pass(5000);
    expect(firstAfter(0.25)).toBe(1);
    h.pass(5000);
    const some = firstAfter(0.4);
    h.pass(5000);
    const all = firstAfter(0.9);
    expect(some).toBeGreaterThan(20);
    expect(all).toBeGreaterThan(some);
    expect(all).toBeLessThanOrEqual(102);
  });

  it("[CH5] messages that come more seldom than a frame is collected and sent wait for nothing where the channel is alone, and collect beside others", () => {
    const pace = new Pace();
    const h = new ChannelHarness({}, undefined, pace);
    const ann = h.join("ann");
    h.pass(5000);
    const others = new Effort();
    /** How many of ten messages, 12 ms apart, are there a ms after they came. */
    const atOnce = (share: number): number => {
      let there = 0;
      for (let i = 0; i < 10; i++) {
        pace.worked(others, share * 250, h.now);
        const before = ann.data().length;
        h.publish("ann", h.now, "x");
        h.pass(1);
        if (ann.data().length > before) there += 1;
        h.pass(11);
      }
      return there;
    };
    expect(atOnce(0)).toBe(10);
    h.pass(5000);
    // The first finds it quiet.
    expect(atOnce(0.1)).toBe(1);
  });

  it("[CH28] its own work makes no channel wait for others", () => {
    const pace = new Pace();
    const own = new Effort();
    pace.worked(own, 250, START);
    expect(pace.waitMs(own, START)).toBe(0);
    expect(pace.waitMs(new Effort(), START)).toBe(100);
    expect(pace.waitMs(new Effort(), START + 1000)).toBe(0);
  });

  it("[CH28] slow commits of others are waited for once, one's own are not", () => {
    const pace = new Pace();
    const others = new Effort();
    const own = new Effort();
    for (let i = 0; i < 30; i++) pace.committed(others, START + i - 40, START + i);
    expect(pace.waitMs(own, START + 30)).toBeCloseTo(40, 0);
    expect(pace.waitMs(others, START + 30)).toBe(0);
    expect(pace.waitMs(own, START + 5_000)).toBe(0);
  });

  it("[CH28] a clock that is set back changes nothing for long", () => {
    const pace = new Pace();
    const others = new Effort();
    pace.worked(others, 250, START + 60_000);
    expect(pace.waitMs(new Effort(), START)).toBe(100);
    pace.worked(others, 0, START);
    expect(pace.waitMs(new Effort(), START + 5_000)).toBe(0);
  });
});
