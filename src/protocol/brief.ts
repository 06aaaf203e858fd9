import type { StreamMessage } from "./messages/message.ts";
import type { Payload } from "./payload.ts";

/**
 * Items of an event frame in short, for a reader that asks for it. One that follows the item before it by one, is text and has nothing else to say
 * stands as what cannot be known from that one: `[ms, data]` for the next id of the same writer, `[from, device, id, ms, data]` for any; `ms` is how
 * much later it was taken, and may be negative. The first item of a frame, and whatever does not fit, stands in full.
 */
export type BriefItem = readonly [ms: number, data: string] | readonly [from: string, device: string, id: number, ms: number, data: string];

/** What an item says, as far as it counts here; whatever else it has makes it stand in full. */
export interface Briefable {
  readonly seq: number;
  readonly from: string;
  readonly device: string;
  readonly id: number;
  readonly ts: number;
  readonly data: Payload;
  readonly customType?: string | undefined;
  readonly key?: string | undefined;
  readonly stored?: boolean | undefined;
}

/** The text of `item` behind `before`, or undefined where it has to stand in full. */
export function briefText(item: Briefable, before: Briefable | undefined): string | undefined {
  if (before === undefined || item.seq !== before.seq + 1 || typeof item.data !== "string") return undefined;
  if (item.stored === true || item.customType !== undefined || item.key !== undefined) return undefined;
  const rest = `${item.ts - before.ts},${JSON.stringify(item.data)}]`;
  const continues = item.id === before.id + 1 && item.device === before.device && item.from === before.from;
  return continues ? `[${rest}` : `[${JSON.stringify(item.from)},"${item.device}",${item.id},${rest}`;
}

/** Writes out what `items` say in short. Undefined if one that is short follows none: then the frame is malformed. What is in neither form is left for the door to look at. */
export function inFull(items: readonly unknown[]): unknown[] | undefined {
  const full: unknown[] = [];
  let before: StreamMessage | undefined;
  for (const item of items) {
    if (Array.isArray(item)) {
      if (before === undefined) return undefined;
      before = writtenOut(item as unknown as BriefItem, before);
    } else before = item as StreamMessage;
    full.push(before);
  }
  return full;
}

function writtenOut(item: BriefItem, { seq, from, device, id, ts }: StreamMessage): StreamMessage {
  if (item.length === 2) return { seq: seq + 1, from, device, id: id + 1, ts: ts + item[0], data: item[1] };
  return { seq: seq + 1, from: item[0], device: item[1], id: item[2], ts: ts + item[3], data: item[4] };
}
