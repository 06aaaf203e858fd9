import { readFileSync } from "node:fs";

export interface Usage {
  /** User and system time so far. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** What /proc counts time in, on every Linux we know of. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

/** What a process and all its descendants have used. */
export function treeUsage(pid: number): Usage {
  const own = processUsage(pid);
  return children(pid)
    .map(treeUsage)
    .reduce((sum, usage) => ({ cpuSeconds: sum.cpuSeconds + usage.cpuSeconds, rssBytes: sum.rssBytes + usage.rssBytes }), own);
}

function processUsage(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name stands in parentheses and may hold anything, so fields count from the last one. proc(5): 14 utime, 15 stime, 24 rss.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return { cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND, rssBytes: field(24) * PAGE_BYTES };
}

function children(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
  return listed === "" ? [] : listed.split(" ").map(Number);
}
