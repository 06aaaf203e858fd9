import { describe, expect, it } from "vitest";
import { figuresOf } from "../../../scripts/lib/docs/figures.ts";
import { fillMarkers } from "../../../scripts/lib/docs/markdown.ts";

const figures = { perCpuSecond: { value: 12_345.6, ratio: 0.789 }, p50Ms: { value: 1.23, ratio: 1 }, p99Ms: { value: null, ratio: null } };
const summary = { unit: "deliveries", figures };
const record = {
  at: "2026-11-20T10:00:00.000Z",
  commit: "abc1234",
  machine: { cpu: "Some CPU", cores: 2, memoryGiB: 8, workerd: "1.0", node: "v24.0.0" },
  passes: 3,
  seconds: 10,
  scenarios: [
    {
      id: "one",
      title: "One channel of 100",
      summaries: [
        { ...summary, contender: "bare" },
        { ...summary, contender: "wigwag" },
      ],
    },
    { id: "two", title: "Two channels", summaries: [{ ...summary, contender: "bare" }] },
  ],
};

describe("the README's figures", () => {
  it("[DC8] say what was measured, when, and on what", () => {
    const text = figuresOf(record);
    expect(text).toContain("| One channel of 100 | bare | 12,346 deliveries | 0.79 | 1.2 |  |");
    expect(text).toContain("|  | wigwag |");
    expect(text).toContain("Measured 2026-11-20 at commit `abc1234` on one machine (Some CPU, 2 cores, 8 GiB;");
  });

  it("[DC8] may be of some scenarios and contenders alone", () => {
    const text = figuresOf(record, { scenarios: ["one"], contenders: ["wigwag"] });
    expect(text).toContain("| One channel of 100 | wigwag |");
    expect(text).not.toMatch(/bare|Two channels/);
  });

  it("[DC8] replace what stood between the markers, and nothing else", () => {
    const page = "a\n<!-- bench:start -->\nold\n<!-- bench:end -->\nb\n";
    expect(fillMarkers(page, "bench", "new")).toBe("a\n<!-- bench:start -->\nnew\n<!-- bench:end -->\nb\n");
    expect(() => fillMarkers("no markers", "bench", "new")).toThrow("markers");
  });

  it("[DC8] a record of another shape is refused", () => {
    expect(() => figuresOf({ ...record, scenarios: [{}] })).toThrow();
  });
});
