import { LIMITS } from "../../src/protocol/limits.ts";
import { check, type Verdict } from "./check.ts";
import type { CheckOptions } from "./invariants.ts";
import { type RunNotes, readEvents, readNotes } from "./run-directory.ts";

/** Judges what a run left behind. */
export async function checkRun(directory: string, options: CheckOptions = {}): Promise<Verdict> {
  return check(readEvents(directory), { ...promisesOf(readNotes(directory)), ...options });
}

/** The service's times, as the run scaled them. */
export const promisesOf = ({ timeScale = 1 }: RunNotes): CheckOptions => ({
  leaseMs: LIMITS.leaseMs * timeScale,
  forgottenMs: LIMITS.channelEmptyMs * timeScale,
  recoveryMs: LIMITS.recoveryMs * timeScale,
});
