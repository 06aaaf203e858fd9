import { describe, expect, it } from "vitest";
import { type Run, summarise } from "../../../bench/lib/report.ts";
import type { Scenario } from "../../../bench/scenarios/scenario.ts";

const scenario: Scenario = {
  id: "s",
  title: "s",
  contenders: ["bare", "socketio"],
  base: "bare",
  quick: true,
  run: () => Promise.reject(new Error("not run here")),
};

const run = (contender: Run["contender"], pass: number, count: number): Run => ({
  scenario: "s",
  contender,
  pass,
  measurement: { unit: "deliveries", count, seconds: 2, serverCpuSeconds: 1, loadShare: 0.5, frames: count, published: 1 },
});

describe("summary of runs", () => {
  it("[BE11] compares within a pass: a machine that slows down changes no ratio", () => {
    const runs = [run("bare", 1, 1000), run("socketio", 1, 3000), run("bare", 2, 500), run("socketio", 2, 1500), run("bare", 3, 100), run("socketio", 3, 300)];
    const [bare, socketio] = summarise(scenario, runs);
    expect(bare?.perCpuSecond).toBe(500);
    expect(socketio).toMatchObject({ perCpuSecond: 1500, ratio: 3, ratioMin: 3, ratioMax: 3, passes: 3 });
  });

  it("[BE11] leaves out a pass in which either of the two failed", () => {
    const failed: Run = { scenario: "s", contender: "bare", pass: 1, error: "lost" };
    const [, socketio] = summarise(scenario, [failed, run("socketio", 1, 9000), run("bare", 2, 500), run("socketio", 2, 1000)]);
    expect(socketio).toMatchObject({ ratio: 2, passes: 2 });
  });
});
