import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

/** Where and on what a record was made: figures of different machines are not to be compared. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly workerd: string;
  /** One-minute load before the first run: above 0.5, somebody else was working, too. */
  readonly loadBefore: number;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    workerd: versionOf("workerd"),
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

function versionOf(name: string): string {
  const exports: unknown = createRequire(import.meta.url)(`${name}/package.json`);
  return typeof exports === "object" && exports !== null && "version" in exports ? String(exports.version) : "unknown";
}

/** Short hash of what is checked out, with a + if files differ from it. */
export function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}
