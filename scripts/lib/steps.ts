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
  /** It waits for other processes, with time limits: what failed beside other suites is run again alone, and told as such. */
  readonly waits?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly step: Step;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
  readonly counts: Counts;
  /** Of a vitest run: the files with tests that failed. */
  readonly failedFiles: readonly string[];
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const bin = join(root, "node_modules", ".bin");
const ONE_PASSED: Counts = { passed: 1, failed: 0, skipped: 0 };
const ONE_FAILED: Counts = { passed: 0, failed: 1, skipped: 0 };

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
      const { counts, failedFiles } = step.tests === true ? readReport(report) : { counts: code === 0 ? ONE_PASSED : ONE_FAILED, failedFiles: [] };
      rmSync(scratch, { recursive: true, force: true });
      // A test run that ran no test has not passed.
      const passed = code === 0 && counts.failed === 0 && counts.passed > 0;
      resolve({ step, passed, seconds: (performance.now() - started) / 1000, output, counts, failedFiles });
    });
  });
}

interface VitestReport {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly testResults?: readonly { readonly name: string; readonly status: string }[];
}

function readReport(file: string): Pick<Outcome, "counts" | "failedFiles"> {
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as VitestReport;
    const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0, testResults = [] } = report;
    return {
      counts: { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests },
      failedFiles: testResults.flatMap(({ name, status }) => (status === "failed" ? [name] : [])),
    };
  } catch {
    return { counts: ONE_FAILED, failedFiles: [] };
  }
}

export interface StepOptions {
  /** What is skipped is a failure. */
  readonly strict: boolean;
  /** A folder for how long each step took. */
  readonly times?: string;
}

/** As many steps of a wave run side by side. */
const AT_ONCE = 2;
/** More tests of one suite than this do not fail for want of a processor. */
const SECOND_LOOK_TESTS = 3;

/** Runs waves in their order, the steps of each side by side; a failed one shows its output and does not keep the others from running. */
export async function runSteps(waves: readonly (readonly Step[])[], options: StepOptions): Promise<boolean> {
  const outcomes: Outcome[] = [];
  for (const wave of waves) await eachBounded(wave, AT_ONCE, async (step) => outcomes.push(report(await runStep(step))));
  const late: Outcome[] = [];
  for (const outcome of outcomes.filter(deservesSecondLook)) late.push(await secondLook(outcome));
  if (options.times !== undefined) keepTimes(options.times, [...outcomes, ...late]);
  const mended = new Set(late.flatMap(({ step, passed }) => (passed ? [step.name] : [])));
  const isMended = ({ step }: Outcome): boolean => mended.has(step.name);
  const sum = (some: readonly Outcome[], pick: (counts: Counts) => number): number => some.reduce((total, { counts }) => total + pick(counts), 0);
  const skipped = sum(outcomes, (counts) => counts.skipped);
  const passed = outcomes.every((outcome) => outcome.passed || isMended(outcome)) && !(options.strict && skipped > 0);
  if (options.strict && skipped > 0) console.log("In CI nothing may be skipped.");
  const alone = sum(outcomes.filter(isMended), (counts) => counts.failed);
  const failed = sum(outcomes, (counts) => counts.failed) - alone;
  const figures = [`${sum(outcomes, (counts) => counts.passed)} passed`, `${failed} failed`];
  if (alone > 0) figures.push(`${alone} passed alone only: each is a fault, of the test or of what it tests, and to be mended`);
  if (skipped > 0) figures.push(`${skipped} skipped`);
  console.log(`\n${figures.join(", ")}`);
  return passed;
}

const deservesSecondLook = ({ step, passed, counts, failedFiles }: Outcome): boolean =>
  !passed && step.waits === true && failedFiles.length > 0 && counts.failed > 0 && counts.failed <= SECOND_LOOK_TESTS;

/** The files that failed, with nothing beside them. */
async function secondLook({ step, failedFiles }: Outcome): Promise<Outcome> {
  const again = await runStep({ ...step, command: [...step.command, ...failedFiles] });
  report({ ...again, step: { ...step, name: `${step.name}, alone` } });
  return again;
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
function keepTimes(folder: string, outcomes: readonly Outcome[]): void {
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
