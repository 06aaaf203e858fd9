import { describe, expect, it } from "vitest";
import type { BenchRecord } from "../../../bench/lib/record.ts";
import { recordOf } from "../../../bench/lib/record.ts";
import type { Run } from "../../../bench/lib/report.ts";
import { chartsOf } from "../../../bench/report/charts.ts";
import { htmlReport } from "../../../bench/report/html.ts";
import { SCENARIOS } from "../../../bench/scenarios/catalogue.ts";

const run = (contender: Run["contender"], count: number): Run => ({
  scenario: "fan-out-100",
  contender,
  pass: 1,
  measurement: {
    unit: "deliveries",
    count,
    seconds: 2,
    serverCpuSeconds: 1,
    loadShare: 0.5,
    frames: count,
    published: 1,
    p99Ms: 3,
    phases: [{ name: "connect", seconds: 1, serverCpuSeconds: 0.5 }],
  },
});
const lost: Run = { scenario: "fan-out-100", contender: "ws", pass: 1, error: "member 3 got 1.2, <b>a duplicate</b>\nand a log" };
const machine = { cpu: "a processor", cores: 2, memoryGiB: 4, kernel: "6", node: "v24", workerd: "1", loadBefore: 0.1 };

const record: BenchRecord = recordOf({
  at: "2026-11-20T10:00:00.000Z",
  commit: "abc1234",
  machine,
  options: { passes: 1, seconds: 2, warmupSeconds: 1, scenarios: SCENARIOS, contenders: [], quick: false, port: 0 },
  runs: [run("bare", 1_000), run("wigwag", 26_000), lost],
});

describe("the page of a record", () => {
  it("[BE16] holds all it needs, and names what failed without trusting its text", async () => {
    const page = await htmlReport(record);
    expect(page).not.toMatch(/(src|href)="(?!#|data:,)/);
    expect(page).toContain("Wigwag, measured");
    expect(page).toContain("26.0");
    expect(page).toContain("1 of 1 met");
    expect(page).toContain("&lt;b&gt;a duplicate");
  });

  it("[BE16] draws each contender that ran, and the bounds of its targets", () => {
    const [found] = record.scenarios;
    const [scenario] = SCENARIOS;
    if (found === undefined || scenario === undefined) throw new Error("nothing was recorded");
    const [work] = chartsOf(record, found, scenario);
    expect(work?.bars).toEqual([
      { label: "bare", value: 1, points: [1], ours: false },
      { label: "wigwag", value: 26, points: [26], ours: true },
    ]);
    expect(work?.lines.map(({ at }) => at)).toEqual([25]);
  });
});
