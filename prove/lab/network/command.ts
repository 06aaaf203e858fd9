import { execFile } from "node:child_process";

/** A tool that hangs must not hang the run. */
const COMMAND_MS_MAX = 90_000;

/** Runs a tool of the system to its end; what it says is the answer. */
export function command(file: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, [...args], { timeout: COMMAND_MS_MAX }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(" ")}: ${stderr.trim() || error.message}`));
    });
    // Whoever ends before it has read says why itself.
    child.stdin?.on("error", () => {}).end(input);
  });
}
