export interface Evidence {
  readonly acked: number;
  /** Faults from the first message to the last. */
  readonly faults: number;
  readonly violations: number;
  /** What kept the run from its end: a client that crashed, a message without an outcome. */
  readonly troubles: readonly string[];
}

/** Why a run shows nothing, or shows a fault; empty where it stands. A run without enough messages or without a fault proves nothing. */
export function shortcomings({ acked, faults, violations, troubles }: Evidence, ackedAtLeast: number): string[] {
  const found = [...troubles];
  if (violations > 0) found.push(`${violations} violation${violations === 1 ? "" : "s"}`);
  if (acked < ackedAtLeast) found.push(`too few acknowledged operations: ${acked} of ${ackedAtLeast}`);
  if (faults === 0) found.push("no fault in its window");
  return found;
}
