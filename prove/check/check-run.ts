import { LIMITS } from "../../src/protocol/limits.ts";
import { check, type Verdict } from "./check.ts";
import type { CheckOptions } from "./invariants.ts";
import { readEvents, readNotes } from "./run-directory.ts";

/** Judges what a run left behind. */
export async function checkRun(directory: string, options: CheckOptions = {}): Promise<Verdict> {
  const { timeScale = 1 } = readNotes(directory);
  const times = { leaseMs: LIMITS.leaseMs * timeScale, forgottenMs: LIMITS.channelEmptyMs * timeScale, recoveryMs: LIMITS.recoveryMs * timeScale };
  return check(readEvents(directory), { ...times, ...options });
}
