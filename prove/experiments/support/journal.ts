import { appendFileSync } from "node:fs";
import type { RunEvent } from "../../record/event.ts";

/** Ms on a clock that all processes of this machine share and that never jumps. */
export const now = (): number => Math.round(performance.timeOrigin + performance.now());

/** Writes a run's events, one a line. */
export function journal(file: string): (event: RunEvent) => void {
  const lines: string[] = [];
  // Many events a tick are one write.
  const flush = (): void => appendFileSync(file, lines.splice(0).join(""));
  process.on("exit", () => lines.length > 0 && flush());
  return (event) => {
    if (lines.push(`${JSON.stringify(event)}\n`) === 1) setImmediate(flush);
  };
}
