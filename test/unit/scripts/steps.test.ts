import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runSteps, type Step } from "../../../scripts/lib/steps.ts";

/** What stands for a test run: it fails as its script says, by how often it ran, and writes what it was called with. */
const RUNNER = `
import { existsSync, readFileSync, writeFileSync, appendFileSync } from "node:fs";
const [calls, script, ...args] = process.argv.slice(2);
const before = existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\\n").length : 0;
const files = args.filter((arg) => !arg.startsWith("--"));
appendFileSync(calls, JSON.stringify(files) + "\\n");
const failed = JSON.parse(script)[before];
const report = args.find((arg) => arg.startsWith("--outputFile.json=")).slice("--outputFile.json=".length);
const testResults = [{ name: "good.test.ts", status: "passed" }];
if (failed > 0) testResults.push({ name: "bad.test.ts", status: "failed" });
writeFileSync(report, JSON.stringify({ numPassedTests: 10 - failed, numFailedTests: failed, testResults }));
process.exit(failed > 0 ? 1 : 0);
`;

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wigwag-steps-"));
  writeFileSync(join(folder, "runner.mjs"), RUNNER);
  said = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** A suite of which so many tests fail the first time, the second time, and so on. */
const suite = (failures: readonly number[], waits: boolean): Step => ({
  name: "tests: pretended",
  command: [process.execPath, join(folder, "runner.mjs"), join(folder, "calls"), JSON.stringify(failures)],
  tests: true,
  waits,
});
const calls = (): string[][] =>
  readFileSync(join(folder, "calls"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as string[]);
const run = (step: Step): Promise<boolean> => runSteps([[step]], { strict: true });

describe("the steps of a test run", () => {
  it("[DC11] pass where nothing fails", async () => {
    expect(await run(suite([0], true))).toBe(true);
    expect([calls(), said.at(-1)]).toEqual([[[]], "\n10 passed, 0 failed"]);
  });

  it("[DC11] run what failed beside others once more, alone, and say so", async () => {
    expect(await run(suite([2, 0], true))).toBe(true);
    expect(calls()).toEqual([[], ["bad.test.ts"]]);
    expect(said.at(-1)).toMatch(/^\n8 passed, 0 failed, 2 passed alone only/);
  });

  it.each([
    ["fails alone, too", [1, 1], true, 2],
    ["fails too often to be for want of a processor", [4, 0], true, 1],
    ["waits for nobody", [1, 0], false, 1],
  ])("[DC11] fail where a suite %s", async (_, failures, waits, times) => {
    expect(await run(suite(failures, waits))).toBe(false);
    expect(calls()).toHaveLength(times);
    expect(said.at(-1)).toBe(`\n${10 - (failures[0] ?? 0)} passed, ${failures[0]} failed`);
  });
});
