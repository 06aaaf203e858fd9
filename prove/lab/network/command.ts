import { execFile } from "node:child_process";

/** Runs a tool of the system to its end; what it says is the answer. */
export function command(file: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, [...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(" ")}: ${stderr.trim() || error.message}`));
    });
    // Whoever ends before it has read says why itself.
    child.stdin?.on("error", () => {}).end(input);
  });
}
