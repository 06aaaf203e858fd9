import type { Briefable } from "../../protocol/brief.ts";
import { type Frame, joinBinary } from "../../protocol/frame.ts";
import { type Accepted, type Page, serializeItem } from "../stream/page.ts";
import { briefItems, briefPages } from "./brief-items.ts";

/** An event message as text; its payloads, if any, go behind the header. `skipped`: messages that were left out. */
export function eventsText(stream: string, epoch: string, after: number, upTo: number, items: string, skipped = 0): string {
  const left = skipped === 0 ? "" : `,"skipped":${skipped}`;
  return `{"type":"events","stream":${JSON.stringify(stream)},"epoch":"${epoch}","after":${after},"upTo":${upTo},"items":[${items}]${left}}`;
}

/** A part of a frame that a later one of the same key may take the place of; without a key, it has to be sent. */
export interface Chunk {
  readonly key: string | undefined;
  readonly items: string;
  readonly count: number;
  /** The seq of its last message. */
  readonly last: number;
  readonly bin: Uint8Array | undefined;
}

/** What leaves with one flush: one frame, the same for everybody, or in short for those who read that. */
export interface Sheet {
  readonly stream: string;
  readonly epoch: string;
  readonly after: number;
  readonly upTo: number;
  readonly frame: Frame;
  /** The same, its items in short; made once, when somebody reads it. */
  brief(): Frame;
  readonly notices: readonly string[];
  readonly skipped: number;
  /** Whether a reader that is behind may do without some of it. */
  readonly conflatable: boolean;
  /** Its messages one by one where they have keys; made for readers that are behind. */
  chunks(): readonly Chunk[];
}

export interface SheetParts {
  readonly stream: string;
  readonly epoch: string;
  readonly head: number;
  readonly page: Page | undefined;
  readonly batch: readonly { readonly message: Accepted }[];
  readonly notices: readonly string[];
  readonly skipped: number;
}

export function sheetOf({ stream, epoch, head, page, batch, notices, skipped }: SheetParts): Sheet {
  const after = page === undefined ? head : page.first - 1;
  const upTo = page?.last ?? head;
  const framed = (items: string): Frame =>
    frameOf(page === undefined ? notices : [eventsText(stream, epoch, after, upTo, items, skipped), ...notices], page?.bin === undefined ? [] : [page.bin]);
  const conflatable = page !== undefined && batch.some(({ message }) => keyOf(message) !== undefined);
  const frame = framed(page?.items ?? "");
  const brief = onceOnly(() => (page === undefined ? frame : framed(briefItems(inOrder(batch, page.first)))));
  const chunks = (): Chunk[] => (page === undefined ? [] : conflatable ? batch.map(({ message }, i) => chunkOf(message, page.first + i)) : [wholePage(page)]);
  return { stream, epoch, after, upTo, frame, brief, notices, skipped, conflatable, chunks };
}

/** What a leaf passes on: pages that follow `after`, serialised by its hub. The first may start before it: readers drop what they have. */
export function passedSheet(stream: string, epoch: string, after: number, pages: readonly Piece[], notices: readonly string[], skipped: number): Sheet {
  const upTo = pages.at(-1)?.last ?? after;
  const framed = (items: string): Frame =>
    frameOf(pages.length === 0 ? notices : [eventsText(stream, epoch, after, upTo, items, skipped), ...notices], payloadsOf(pages));
  const frame = framed(inOneRow(pages));
  const brief = onceOnly(() => (pages.length === 0 ? frame : framed(briefPages(pages))));
  return { stream, epoch, after, upTo, frame, brief, notices, skipped, conflatable: false, chunks: () => [] };
}

/** An empty range, which shows readers who stand elsewhere that they lack something. */
export function doubtSheet(stream: string, epoch: string, at: number): Sheet {
  const frame = eventsText(stream, epoch, at, at, "");
  return { ...passedSheet(stream, epoch, at, [], [], 0), frame, brief: () => frame };
}

const inOneRow = (pages: readonly Piece[]): string => pages.map((page) => page.items).join(",");
const payloadsOf = (pages: readonly Piece[]): Uint8Array[] => pages.flatMap(({ bin }) => (bin === undefined ? [] : [bin]));

function onceOnly(make: () => Frame): () => Frame {
  let made: Frame | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function* inOrder(batch: SheetParts["batch"], first: number): Iterable<Briefable> {
  let seq = first;
  for (const { message } of batch) yield { ...message, seq: seq++ };
}

export function frameOf(messages: readonly string[], payloads: readonly Uint8Array[]): Frame {
  const [only = ""] = messages;
  const text = messages.length === 1 ? only : `[${messages.join(",")}]`;
  return payloads.length === 0 ? text : joinBinary(text, payloads);
}

/** History has every stored message, and so has every reader. */
export const keyOf = ({ key, stored }: Accepted): string | undefined => (stored ? undefined : key);

const wholePage = ({ items, bin, first, last }: Page): Chunk => ({ key: undefined, items, count: last - first + 1, last, bin });

function chunkOf(message: Accepted, seq: number): Chunk {
  const bin = typeof message.data === "string" ? undefined : message.data;
  return { key: keyOf(message), items: serializeItem(message, seq), count: 1, last: seq, bin };
}

/** A replay goes out in frames of about this size. */
const REPLAY_FRAME_BYTES = 256 * 1024;

/** What of a page goes into frames. */
export type Piece = Pick<Page, "items" | "bin" | "last">;
const bytesOf = ({ items, bin }: Piece): number => items.length + (bin?.byteLength ?? 0);

/** Frames that bring a reader from `after` to `upTo` by what is in `pieces`. The first may start before `after`; the reader drops what it has. */
export function replayFrames(
  stream: string,
  epoch: string,
  after: number,
  upTo: number,
  pieces: readonly Piece[],
  { skipped = 0, brief = false }: { readonly skipped?: number; readonly brief?: boolean } = {},
): Frame[] {
  const frames: Frame[] = [];
  let position = after;
  let group: Piece[] = [];
  let bytes = 0;
  const close = (end: number): void => {
    const items = brief ? briefPages(group) : inOneRow(group);
    frames.push(frameOf([eventsText(stream, epoch, position, end, items, frames.length === 0 ? skipped : 0)], payloadsOf(group)));
    position = end;
    group = [];
    bytes = 0;
  };
  for (const piece of pieces) {
    const before = group.at(-1);
    if (before !== undefined && bytes + bytesOf(piece) > REPLAY_FRAME_BYTES) close(before.last);
    group.push(piece);
    bytes += bytesOf(piece);
  }
  if (position < upTo) close(upTo);
  return frames;
}
