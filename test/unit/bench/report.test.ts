import { describe, expect, it } from "vitest";
import { type Run, render, summarise } from "../../../bench/lib/report.ts";
import { verdictsOf } from "../../../bench/lib/verdicts.ts";
import type { Scenario } from "../../../bench/scenarios/scenario.ts";
import { above, ratioAtLeast, ratioAtMost, valueAtMost } from "../../../bench/scenarios/targets.ts";

const scenario: Scenario = {
  id: "s",
  title: "s",
  contenders: ["bare", "socketio", "wigwag"],
  base: "bare",
  quick: ["bare"],
  columns: ["perSecond", "p99Ms"],
  targets: [],
  run: () => Promise.reject(new Error("not run here")),
};

const run = (contender: Run["contender"], pass: number, count: number, p99Ms = 1): Run => ({
  scenario: "s",
  contender,
  pass,
  measurement: { unit: "deliveries", count, seconds: 2, serverCpuSeconds: 1, loadShare: 0.5, frames: count, published: 1, p99Ms },
});

describe("summary of runs", () => {
  it("[BE11] compares within a pass: a machine that slows down changes no ratio", () => {
    const runs = [run("bare", 1, 1000), run("socketio", 1, 3000), run("bare", 2, 500), run("socketio", 2, 1500), run("bare", 3, 100), run("socketio", 3, 300)];
    const [bare, socketio] = summarise(scenario, runs);
    expect(bare?.figures.perCpuSecond.value).toBe(500);
    expect(socketio?.figures.perCpuSecond).toEqual({ value: 1500, ratio: 3, ratioMin: 3, ratioMax: 3 });
    expect(socketio?.passes).toBe(3);
  });

  it("[BE11] leaves out a pass in which either of the two failed", () => {
    const failed: Run = { scenario: "s", contender: "bare", pass: 1, error: "lost" };
    const [, socketio] = summarise(scenario, [failed, run("socketio", 1, 9000), run("bare", 2, 500), run("socketio", 2, 1000)]);
    expect(socketio?.figures.perCpuSecond).toMatchObject({ ratio: 2 });
    expect(socketio?.passes).toBe(2);
  });

  it("[BE11] takes the ratio of any figure, latencies too", () => {
    const [, socketio] = summarise(scenario, [
      run("bare", 1, 1000, 10),
      run("socketio", 1, 1000, 15),
      run("bare", 2, 1000, 100),
      run("socketio", 2, 1000, 150),
    ]);
    expect(socketio?.figures.p99Ms.ratio).toBe(1.5);
    expect(socketio?.figures.kbPerSocket.value).toBeNaN();
  });
});

describe("targets", () => {
  const runs = [run("bare", 1, 1000, 10), run("socketio", 1, 3000, 20), run("wigwag", 1, 2500, 14)];
  const met = (targets: Scenario["targets"], of: readonly Run[] = runs) => {
    const judged = { ...scenario, targets };
    return verdictsOf(judged, summarise(judged, of)).map((verdict) => verdict.met);
  };

  it("[BE12] a bound is met on its right side, the bound itself included", () => {
    expect(met([ratioAtLeast("wigwag", "perCpuSecond", 2.5), ratioAtLeast("wigwag", "perCpuSecond", 2.6)])).toEqual([true, false]);
    expect(met([ratioAtMost("wigwag", "p99Ms", 1.4), ratioAtMost("wigwag", "p99Ms", 1.3)])).toEqual([true, false]);
    expect(met([valueAtMost("wigwag", "p99Ms", 14), valueAtMost("wigwag", "p99Ms", 13)])).toEqual([true, false]);
  });

  it("[BE12] above others is above the best of those that ran", () => {
    expect(met([above("wigwag", "socketio"), above("socketio", "wigwag", "ws"), above("wigwag", "ws")])).toEqual([false, true, undefined]);
  });

  it("[BE12] what was not measured is neither met nor missed", () => {
    expect(met([ratioAtLeast("wigwag", "perCpuSecond", 2), ratioAtLeast("wigwag", "kbPerSocket", 1)], [run("bare", 1, 1000)])).toEqual([undefined, undefined]);
  });

  it("[BE12] stands below the table, in words", () => {
    const judged = { ...scenario, targets: [ratioAtLeast("wigwag", "perCpuSecond", 3)] };
    expect(render(judged, summarise(judged, runs))).toContain("MISSED  wigwag: per CPU-s at least 3 x bare; reached 2.50 x bare");
  });
});
