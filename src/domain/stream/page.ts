import { LIMITS } from "../../protocol/limits.ts";
import type { Payload } from "../../protocol/payload.ts";
import type { Priority } from "../../protocol/priority.ts";

/** A message that a stream has accepted and not yet given a seq. */
export interface Accepted {
  readonly from: string;
  readonly device: string;
  readonly id: number;
  readonly ts: number;
  readonly data: Payload;
  readonly customType?: string | undefined;
  readonly stored: boolean;
  /** What it is the state of: a later message of the same key may take its place. */
  readonly key?: string | undefined;
  readonly priority?: Priority | undefined;
  /** Its writer's key, where it is at hand: made anew for each message, it costs more than what it is looked up for. */
  readonly writer?: string | undefined;
}

/** What a writer (user and device) has in a page: its highest id. */
export type WriterMark = readonly [user: string, device: string, id: number];
/** A writer's highest id in pages that are gone, and when the last of them went. */
export type WriterFloor = readonly [user: string, device: string, id: number, at: number];

/** One flush: consecutive messages, serialised once, as they stand in event frames and in the store. */
export interface Page {
  readonly first: number;
  readonly last: number;
  /** When it was flushed. */
  readonly ts: number;
  /** Serialised items, comma between; binary payloads stand as `bin`. */
  readonly items: string;
  /** The binary payloads in order. */
  readonly bin: Uint8Array | undefined;
  /** Size of items and payloads. */
  readonly bytes: number;
  readonly writers: readonly WriterMark[];
  /** Whether any message is to be kept in history. */
  readonly stored: boolean;
}

export const writerKey = (user: string, device: string): string => `${device} ${user}`;
export const writerOf = ({ writer, from, device }: Accepted): string => writer ?? writerKey(from, device);

/** Serialises `batch` as the messages `first`, `first + 1` … `passed`: messages that were accepted and have no place, but whose ids are taken. */
export function buildPage(batch: readonly Accepted[], first: number, ts: number, passed: readonly Accepted[] = []): Page {
  let items = "";
  let binBytes = 0;
  let stored = false;
  const payloads: Uint8Array[] = [];
  const writers = new Writers();
  let seq = first;
  for (const message of batch) {
    if (seq !== first) items += ",";
    items += serializeItem(message, seq++);
    if (typeof message.data !== "string") {
      payloads.push(message.data);
      binBytes += message.data.byteLength;
    }
    stored ||= message.stored;
    writers.add(message);
  }
  for (const message of passed) writers.add(message);
  return {
    first,
    last: seq - 1,
    ts,
    items,
    bin: payloads.length === 0 ? undefined : concat(payloads, binBytes),
    bytes: items.length + binBytes,
    writers: writers.marks(),
    stored,
  };
}

/** The highest id of each writer. Messages of one writer come in runs: only the first of a run is looked up. */
class Writers {
  readonly #marks = new Map<string, { readonly message: Accepted; id: number }>();
  #last: { readonly message: Accepted; id: number } | undefined;

  add(message: Accepted): void {
    const { from, device, id } = message;
    if (this.#last?.message.device !== device || this.#last.message.from !== from) {
      const key = writerOf(message);
      this.#last = this.#marks.get(key);
      if (this.#last === undefined) {
        this.#last = { message, id };
        this.#marks.set(key, this.#last);
      }
    }
    if (this.#last.id < id) this.#last.id = id;
  }

  marks(): WriterMark[] {
    return [...this.#marks.values()].map(({ message: { from, device }, id }) => [from, device, id]);
  }
}

/** Keys in the wire's order; written by hand because it runs once per message and JSON.stringify of the object costs twice as much. */
export function serializeItem(message: Accepted, seq: number): string {
  const content = typeof message.data === "string" ? `"data":${JSON.stringify(message.data)}` : `"bin":${message.data.byteLength}`;
  const custom = message.customType === undefined ? "" : `,"customType":${JSON.stringify(message.customType)}`;
  const key = message.key === undefined ? "" : `,"key":${JSON.stringify(message.key)}`;
  const stored = message.stored ? ',"stored":true' : "";
  return `{"seq":${seq},"from":${JSON.stringify(message.from)},"device":"${message.device}","id":${message.id},"ts":${message.ts},${content}${custom}${key}${stored}}`;
}

/** What the fields around a payload take in a row, about. */
const ENVELOPE_BYTES = 512;
/** JSON takes up to six bytes for a character; the platform's row holds twice the page's bound. */
const BYTES_PER_CHARACTER = 3;

/** Splits what is to be appended into pages that fit a row. */
export function rowsOf<Item>(batch: readonly Item[], messageOf: (item: Item) => Accepted): Item[][] {
  const rows: Item[][] = [];
  let bytes = 0;
  for (const item of batch) {
    const { data } = messageOf(item);
    const size = (typeof data === "string" ? data.length * BYTES_PER_CHARACTER : data.byteLength) + ENVELOPE_BYTES;
    const row = rows.at(-1);
    if (row === undefined || bytes + size > LIMITS.pageBytes) {
      rows.push([item]);
      bytes = size;
    } else {
      row.push(item);
      bytes += size;
    }
  }
  return rows;
}

export function concat(parts: readonly Uint8Array[], bytes: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** A message as a page holds it, payload in place. */
export interface PageItem {
  readonly seq: number;
  readonly from: string;
  readonly device: string;
  readonly id: number;
  readonly ts: number;
  readonly data: Payload;
  readonly customType?: string;
  readonly key?: string;
  readonly stored?: true;
}

/** The items of a page, parsed; the text is our own, so it is not checked again. */
export function parseItems(page: Pick<Page, "items" | "bin">): PageItem[] {
  const raw = JSON.parse(`[${page.items}]`) as (PageItem & { bin?: number })[];
  let at = 0;
  return raw.map(({ bin, ...item }) => {
    if (bin === undefined) return item;
    at += bin;
    return { ...item, data: (page.bin ?? new Uint8Array()).slice(at - bin, at) };
  });
}
