import type { ExportedPage } from "./stored-page.ts";

/**
 * Where a sender has stored something: one entry for each stream and minute, however many messages. Entries stand in weeks,
 * so that those of an old one go together and need no index of their own age.
 */
export interface SentPlace {
  readonly week: number;
  readonly sender: string;
  readonly minute: number;
}

export const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

export const minuteOf = (ts: number): number => Math.floor(ts / MINUTE_MS);
export const weekOf = (ts: number): number => Math.floor(ts / WEEK_MS);

/** Of pages of one stream, each once. The same pages give the same places, whatever else they are exported with. */
export function sentPlaces(pages: readonly Pick<ExportedPage, "sent">[]): SentPlace[] {
  const places = new Map<string, SentPlace>();
  for (const { from: sender, ts } of pages.flatMap(({ sent }) => sent)) {
    const minute = minuteOf(ts);
    places.set(`${minute} ${sender}`, { week: weekOf(ts), sender, minute });
  }
  return [...places.values()];
}
