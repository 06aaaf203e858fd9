import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eachBounded } from "../../src/util/each-bounded.ts";
import { root } from "./root.ts";

/** Something that passes or fails, and ends by itself. */
export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Vitest runs report what they ran, so that skipped tests are seen. */
  readonly tests?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
  readonly counts: { readonly passed: number; readonly failed: number; readonly skipped: number };
}

const bin = join(root, "node_modules", ".bin");
const NONE = { passed: 0, failed: 0, skipped: 0 };

/** Runs a step, its output kept until it is known whether anybody wants to read it. */
export function runStep(step: Step): Promise<Outcome> {
  const scratch = mkdtempSync(join(tmpdir(), "wigwag-step-"));
  const report = join(scratch, "report.json");
  const [file = "", ...args] = step.command;
  const reporters = step.tests === true ? ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`] : [];
  const env = {
    ...process.env,
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    WRANGLER_SEND_METRICS: "false",
    CI: process.env.CI ?? "1",
    NO_COLOR: "1",
    ...step.env,
  };
  const started = performance.now();
  return new Promise((resolve) => {
    const child = spawn(file, [...args, ...reporters], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (chunk: string): void => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", (error) => keep(`${error.message}\n`));
    child.on("close", (code) => {
      const counts = step.tests === true ? readCounts(report) : code === 0 ? { ...NONE, passed: 1 } : { ...NONE, failed: 1 };
      rmSync(scratch, { recursive: true, force: true });
      // A test run that ran no test has not passed.
      const passed = code === 0 && counts.failed === 0 && counts.passed > 0;
      resolve({ step, passed, seconds: (performance.now() - started) / 1000, output, counts });
    });
  });
}

function readCounts(report: string): Outcome["counts"] {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
    return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0, skipped: (numPendingTests ?? 0) + (numTodoTests ?? 0) };
  } catch {
    return { ...NONE, failed: 1 };
  }
}

/** As many steps of a wave run side by side. */
const AT_ONCE = 2;

/** Runs waves in their order, the steps of each side by side; a failed one shows its output and does not keep the others from running. */
export async function runSteps(waves: readonly (readonly Step[])[], options: { readonly strict: boolean }): Promise<boolean> {
  const outcomes: Outcome[] = [];
  for (const wave of waves) await eachBounded(wave, AT_ONCE, async (step) => outcomes.push(report(await runStep(step))));
  keepTimes(outcomes);
  const sum = (pick: (counts: Outcome["counts"]) => number): number => outcomes.reduce((total, { counts }) => total + pick(counts), 0);
  const skipped = sum((counts) => counts.skipped);
  const passed = outcomes.every((outcome) => outcome.passed) && !(options.strict && skipped > 0);
  if (options.strict && skipped > 0) console.log("In CI nothing may be skipped.");
  console.log(`\n${sum((counts) => counts.passed)} passed, ${sum((counts) => counts.failed)} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return passed;
}

function report(outcome: Outcome): Outcome {
  const { step, counts } = outcome;
  const { passed, failed, skipped } = counts;
  const tested = step.tests === true ? `  ${passed} passed${failed > 0 ? `, ${failed} failed` : ""}${skipped > 0 ? `, ${skipped} SKIPPED` : ""}` : "";
  console.log(`${outcome.passed ? "ok  " : "FAIL"} ${step.name.padEnd(24)} ${outcome.seconds.toFixed(1).padStart(6)} s${tested}`);
  if (!outcome.passed || skipped > 0) {
    const lines = outcome.output.split("\n").map((line) => `     | ${line}`);
    console.log(lines.join("\n"));
  }
  return outcome;
}

/** How long each step took, for whoever wants to make it faster. */
function keepTimes(outcomes: readonly Outcome[]): void {
  const folder = join(root, "test-results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "times.json"),
    JSON.stringify(
      outcomes.map(({ step, seconds, counts }) => ({ step: step.name, seconds, ...counts })),
      null,
      2,
    ),
  );
}
