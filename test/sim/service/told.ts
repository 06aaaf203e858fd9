import type { Violation } from "../../../prove/check/invariant.ts";
import type { Simulation } from "./simulate.ts";

const LINES = 40;

/** What a failing run says: how to have it again, what was wrong, and what had been done to it. */
export function tell(seed: number, violations: readonly Violation[], { events }: Simulation): string {
  const faults = events.flatMap((event) => (event.is === "fault" ? `${event.at.toFixed(0)} ms ${event.name} ${event.detail ?? ""}` : []));
  return [
    `WIGWAG_SEED=${seed} brings it back`,
    ...violations.slice(0, LINES).map(({ rule, what, at }) => `[${rule}] ${at === undefined ? "" : `${at.toFixed(0)} ms `}${what}`),
    `${faults.length} faults:`,
    ...faults.slice(0, LINES),
  ].join("\n");
}
