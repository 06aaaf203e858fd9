import { describe, expect, it } from "vitest";
import { simulationsOf, targetsOf } from "../../../scripts/lib/docs/performance.ts";

const outcome = (members: number, p99: number | null, design = "elastic") => ({
  design,
  geography: "world",
  members,
  messagesPerSecond: 30,
  leaves: 1024,
  relays: 32,
  latencyMs: { p50: 100, p99 },
  hottest: { name: "hub", busy: 0.42 },
  perSecond: { calls: 4_020, rows: 40.06 },
  bills: { twoHours: 12.345 },
  troubles: ["too large"],
});
const record = (at: string, outcomes: object[]) => ({ at, commit: "abc1234", seed: 1, placement: "first", outcomes });

describe("the tables of the performance page", () => {
  it("[BE23] say of each target what was reached, and nothing of what was not measured", () => {
    const verdicts = [
      { contender: "wigwag", what: "per CPU-s at least 25 x bare", reached: "26.0 x bare", met: true },
      { contender: "wigwag", what: "p99 ms at most 25", reached: "27.9", met: false },
      { contender: "wigwag", what: "above ws", reached: "–" },
    ];
    const text = targetsOf({ at: "2026-11-20T10:00:00.000Z", commit: "abc1234", passes: 1, seconds: 2, scenarios: [{ id: "fan-out-100", verdicts }] });
    expect(text).toContain("| fan-out-100 | wigwag | per CPU-s at least 25 x bare | 26.0 x bare | met |");
    expect(text).toContain("| 27.9 | missed |");
    expect(text).toContain("| above ws |  | not measured |");
    expect(text).toContain("one pass of 2 s");
  });

  it("[BE23] take each simulation from the latest record that has it, and name what the platform would not bear", () => {
    const old = record("2026-11-20T10:00:00.000Z", [outcome(10_000, 500), outcome(1_000_000, 900)]);
    const elsewhere = record("2026-11-19T10:00:00.000Z", [{ ...outcome(10_000, 90), geography: "one region" }]);
    const text = simulationsOf([record("2026-11-21T10:00:00.000Z", [outcome(10_000, 250), outcome(10_000, null, "one object")]), old, elsewhere]);
    expect(text).toContain("| 10,000 | world | 30 | elastic | 1024 + 32 | 100 | 250 | hub, 42 % | 4,020 | 40.1 | $12.35 | too large |");
    expect(text).toContain("| 10,000 | world | 30 | one object | 1024 + 32 | 100 | no end |");
    expect(text).toContain("| 1,000,000 | world | 30 | elastic | 1024 + 32 | 100 | 900 |");
    expect(text).not.toContain("| 500 |");
    expect(text).toContain("| 10,000 | one region | 30 | elastic | 1024 + 32 | 100 | 90 |");
  });
});
