import type { HistoryItem } from "./stored-page.ts";

/** Which messages of a stream are meant. */
export interface HistoryFilter {
  /** Inclusive, unix ms. */
  readonly from?: number | undefined;
  /** Exclusive, unix ms. */
  readonly to?: number | undefined;
  readonly sender?: string | undefined;
  /** Only messages whose payload is text. */
  readonly text?: boolean | undefined;
}

export interface HistoryQuery extends HistoryFilter {
  readonly order?: "newest-first" | "oldest-first" | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** A place in a stream's history: over several epochs only time tells which came first. */
export interface HistoryKey {
  readonly ts: number;
  readonly epoch: string;
  readonly seq: number;
}

export function compareKeys(a: HistoryKey, b: HistoryKey): number {
  if (a.ts !== b.ts) return a.ts - b.ts;
  if (a.epoch !== b.epoch) return a.epoch < b.epoch ? -1 : 1;
  return a.seq - b.seq;
}

export const cursorOf = ({ ts, epoch, seq }: HistoryKey): string => `${ts}.${epoch}.${seq}`;

/** Undefined for what is no cursor. */
export function parseCursor(cursor: string): HistoryKey | undefined {
  const match = /^(\d{1,16})\.([0-9a-f]{16})\.(\d{1,16})$/.exec(cursor);
  return match === null ? undefined : { ts: Number(match[1]), epoch: match[2] ?? "", seq: Number(match[3]) };
}

export function isMeant(item: HistoryItem, { from, to, sender, text }: HistoryFilter): boolean {
  if (from !== undefined && item.ts < from) return false;
  if (to !== undefined && item.ts >= to) return false;
  if (sender !== undefined && item.from !== sender) return false;
  return text !== true || typeof item.data === "string";
}

/** Whether an item is asked for, and lies beyond the cursor in the direction of reading. */
export function matches(item: HistoryItem, query: HistoryQuery, cursor: HistoryKey | undefined): boolean {
  if (!isMeant(item, query)) return false;
  if (cursor === undefined) return true;
  const order = compareKeys(item, cursor);
  return query.order === "oldest-first" ? order > 0 : order < 0;
}

/** Sorted in the direction of reading, each message once: a page may be in the log and in history at the same time. */
export function inOrder(items: readonly HistoryItem[], order: HistoryQuery["order"]): HistoryItem[] {
  const unique = new Map(items.map((item) => [`${item.epoch}.${item.seq}`, item]));
  const sorted = [...unique.values()].sort(compareKeys);
  return order === "oldest-first" ? sorted : sorted.reverse();
}
