export interface BackoffRules {
  /** What the server allows for the first attempt: a lost object's clients come back spread, yet soon. */
  readonly spreadMs: number;
  /** What the later ones double. */
  readonly baseMs: number;
  readonly capMs: number;
}

/** How long before attempt `attempt` (0 is the first after a drop): within the spread, then full jitter, doubling up to the cap. */
export function backoffMs(attempt: number, rules: BackoffRules, random: () => number): number {
  if (attempt === 0) return random() * rules.spreadMs;
  // Past 2^30 the doubling is beyond any cap.
  return random() * Math.min(rules.capMs, rules.baseMs * 2 ** Math.min(attempt, 30));
}
