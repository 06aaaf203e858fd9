import { spawn } from "node:child_process";
import { join } from "node:path";
import type { ContenderName } from "../scenarios/scenario.ts";
import type { Measurement } from "./measurement.ts";

export interface LoadJob {
  readonly scenario: string;
  readonly contender: ContenderName;
  readonly url: string;
  readonly serverPid: number;
  readonly warmupSeconds: number;
  readonly settles: boolean;
  readonly seconds: number;
  readonly ratePerSecond?: number | undefined;
}

export type LoadReport = { readonly measuring: true } | { readonly measurement: Measurement } | { readonly error: string };

/** A run that hangs in spite of its own time-outs. */
const RUN_MS_MAX = 180_000;

/** Runs a job in a process of its own on processor `cpu`; rejects with what the load generator found wrong. */
export function runLoad(job: LoadJob, cpu: number, onMeasuring?: () => void): Promise<Measurement> {
  const child = spawn("taskset", ["-c", String(cpu), process.execPath, join(import.meta.dirname, "main.ts"), JSON.stringify(job)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${job.scenario} against ${job.contender} did not end`));
      child.kill("SIGKILL");
    }, RUN_MS_MAX);
    child.on("message", (report: LoadReport) => {
      if ("measuring" in report) onMeasuring?.();
      else if ("error" in report) reject(new Error(report.error));
      else resolve(report.measurement);
    });
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`the load generator ended with ${code} and no result`));
    });
  });
}
