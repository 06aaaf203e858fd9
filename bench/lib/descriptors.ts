import { spawnSync } from "node:child_process";

/** Two per socket on a workerd, and five thousand sockets; with less, the largest scenario cannot run. */
export const DESCRIPTORS_NEEDED = 16_384;

const MARK = "WIGWAG_BENCH_DESCRIPTORS";

/** Node cannot raise its own limit of open files, a shell can: runs this program again under one that has. */
export function withDescriptors(): number {
  const raised = process.env[MARK];
  if (raised !== undefined) return Number(raised);
  const script = `ulimit -n "$(ulimit -Hn)" 2>/dev/null; export ${MARK}="$(ulimit -n)"; exec "$0" "$@"`;
  const again = spawnSync("bash", ["-c", script, process.execPath, ...process.argv.slice(1)], { stdio: "inherit" });
  process.exit(again.status ?? 1);
}
