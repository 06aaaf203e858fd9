/** One canonical line per noteworthy event, as JSON. Never a token, key or payload. */
export function logLine(event: string, facts: Readonly<Record<string, string | number | boolean>> = {}): void {
  console.log(JSON.stringify({ event, ...facts }));
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
