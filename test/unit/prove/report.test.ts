import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReportOptions, reportOn } from "../../../prove/report/report.ts";
import { keep, keepReport, kept } from "../../../prove/report/results.ts";
import { terminalReport } from "../../../prove/report/terminal.ts";
import { TimelineWatch } from "../../../prove/report/timeline.ts";
import { writeReport } from "../../../prove/report/write.ts";
import { run, type Told } from "./events.ts";

const NOTES = {
  ...{ seed: 7, profile: "short", startedAt: "2026-11-22T00:00:00Z", seconds: 1, machine: "<b>m</b>" },
  versions: { wigwag: "1.0.0", workerd: "1", node: "24", commit: "abc" },
};

const good = (): Told => run().listens("bob/d", "channel:room").says(1).hears("bob/d", 1).note({ is: "fault", name: "kill" });
const bad = (): Told => good().note({ is: "fault", name: "stop", detail: "</script><script>alert(1)</script>" }).says(2).link("bob/d", "connected");

describe("a timeline", () => {
  const over = (told: Told) => {
    const watch = new TimelineWatch();
    for (const event of told.events) watch.see(event);
    return watch.end();
  };

  it("[PV50] counts by the second, and knows who is away also while nothing happens", () => {
    const told = run().link("bob/d", "connected").says(1).hears("bob/d", 1).link("bob/d", "reconnecting").pass(10_000).says(2).link("bob/d", "connected");
    const { bucketSeconds, acked, heard, away } = over(told);
    expect(bucketSeconds).toBe(0.25);
    expect(acked.reduce((sum, rate) => sum + rate * bucketSeconds, 0)).toBe(2);
    expect(heard.reduce((sum, rate) => sum + rate * bucketSeconds, 0)).toBe(1);
    expect(away.slice(0, 16).includes(1)).toBe(false);
    expect(away.slice(16, 60).every((count) => count === 1)).toBe(true);
  });

  it("[PV50] has as many points as a screen, however long the run", () => {
    const told = run()
      .says(1)
      .pass(8 * 3_600_000)
      .says(2);
    const { acked, bucketSeconds } = over(told);
    expect(acked.length).toBeLessThanOrEqual(600);
    expect(acked.length * bucketSeconds).toBeGreaterThanOrEqual(8 * 3600);
  });

  it("[PV50] places faults: those that last, a kill until the service is started, and the calm", () => {
    const told = run()
      .note({ is: "fault", name: "stop", until: 3000 })
      .note({ is: "fault", name: "kill" })
      .note({ is: "fault", name: "start" })
      .note({ is: "calm" });
    expect(over(told)).toMatchObject({
      faults: [
        { name: "stop", from: 0, to: 2 },
        { name: "kill", from: 1, to: 2 },
        { name: "start", from: 2, to: 2 },
      ],
      calmAt: 3,
    });
  });
});

describe("a report", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "report-"));
    await writeFile(join(directory, "run.json"), JSON.stringify(NOTES));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const of = async (told: Told, options: ReportOptions = {}) => {
    await writeFile(join(directory, "a.jsonl"), told.events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    return reportOn(directory, options);
  };

  it("[PV52] holds where nothing was broken, missed or lacking", async () => {
    const finding = { figures: { "p99 ms": 3 }, violations: [] };
    const caught = { name: "lease-off", what: "w", where: "lab", caughtBy: ["PV12"], seconds: 3 };
    expect((await of(good(), { experiments: [{ name: "slow", title: "t", finding }], mutations: [caught] })).holds).toBe(true);
    expect((await of(good(), { shortcomings: ["too little"] })).holds).toBe(false);
    expect((await of(good(), { mutations: [{ ...caught, caughtBy: [] }] })).holds).toBe(false);
    const broken = { ...finding, violations: [{ rule: "HX1", what: "slow" }] };
    expect((await of(good(), { experiments: [{ name: "slow", title: "t", finding: broken }] })).holds).toBe(false);
    expect((await of(bad())).holds).toBe(false);
  });

  it("[PV52] names the rules and what was around each violation", async () => {
    const { rules, violations, tally } = await of(bad());
    expect(rules.filter(({ broken }) => broken > 0)).toEqual([{ rule: "PV1", title: "no acknowledged channel message is lost", broken: 1 }]);
    expect(tally["lost, postfix"]).toBe(1);
    expect(violations[0]?.around.map((event) => event.is)).toEqual(["listens", "fault", "fault", "attempt", "ack", "link"]);
  });

  it("[PV52] says all of it on a terminal", async () => {
    const text = terminalReport(await of(bad(), { mutations: [{ name: "lease-off", what: "w", where: "lab", caughtBy: [], seconds: 3 }] }));
    for (const part of ["seed 7", "postfix 1", "kill", "NOT CAUGHT", "PV1: bob/d never heard", "npm run prove -- --profile short --seed 7"])
      expect(text).toContain(part);
    expect(terminalReport(await of(good()))).toContain("Everything that must be true was.");
  });

  it("[PV51] is one page that asks nobody, with whatever a run contains as text", async () => {
    await of(bad());
    await writeReport(directory);
    const page = await readFile(join(directory, "report.html"), "utf8");
    expect(page).toContain("&lt;b&gt;m&lt;/b&gt;");
    expect(page).not.toContain("<script>alert");
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page).not.toMatch(/<(link|script|img|iframe)[^>]+(src|href)="(?!data:)/);
    expect(page).not.toMatch(/@import|url\((?!data:)/);
    expect(JSON.parse(await readFile(join(directory, "report.json"), "utf8"))).toMatchObject({ holds: false, run: { seed: 7 } });
  });

  it("[PV53] has what experiments and seeded bugs have shown of the same commit, the newest of each", async () => {
    const folder = join(directory, "results");
    expect(await kept(folder, "abc")).toEqual({ experiments: [], mutations: [] });
    const experiment = (figure: number) => ({ experiments: [{ name: "slow", title: "t", finding: { figures: { figure }, violations: [] } }] });
    const mutations = [{ name: "lease-off", what: "w", where: "lab", caughtBy: ["PV12"], seconds: 3 }];
    await keep(folder, "slow", "abc", experiment(1));
    await keep(folder, "slow", "abc", experiment(2));
    await keep(folder, "old", "before", experiment(3));
    await keep(folder, "mutations", "abc", { mutations });
    expect(await kept(folder, "abc")).toEqual({ ...experiment(2), mutations });
    await of(good());
    await writeReport(directory);
    expect(await readFile(await keepReport(folder, directory, "short-7"), "utf8")).toContain("under attack");
  });
});
