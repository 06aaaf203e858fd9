import { concat, type Page, type PageItem, parseItems } from "../stream/page.ts";

/** A page of history: the stored messages of one page of a stream's log. */
export interface StoredPage {
  readonly epoch: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly fromTs: number;
  readonly toTs: number;
  readonly count: number;
  /** A JSON array; binary payloads stand as `bin`, their lengths, and follow each other in `bin`. */
  readonly items: string;
  readonly bin: Uint8Array | undefined;
}

/** On its way into history: with whose messages it holds, and when they sent them. */
export interface ExportedPage extends StoredPage {
  readonly sent: readonly Pick<PageItem, "from" | "ts">[];
}

/** What of a page goes into history. Undefined: nothing. */
export function storedPage(page: Page, epoch: string): ExportedPage | undefined {
  const items = parseItems(page).filter((item) => item.stored === true);
  const first = items[0];
  const last = items.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const payloads = items.flatMap(({ data }) => (typeof data === "string" ? [] : [data]));
  return {
    epoch,
    firstSeq: first.seq,
    lastSeq: last.seq,
    fromTs: first.ts,
    toTs: last.ts,
    count: items.length,
    items: JSON.stringify(items.map(withoutPayload)),
    sent: items.map(({ from, ts }) => ({ from, ts })),
    bin:
      payloads.length === 0
        ? undefined
        : concat(
            payloads,
            payloads.reduce((sum, payload) => sum + payload.byteLength, 0),
          ),
  };
}

function withoutPayload(item: PageItem): object {
  if (typeof item.data === "string") return item;
  const { data, ...rest } = item;
  return { ...rest, bin: data.byteLength };
}

/** The items of a stored page, with the epoch they belong to. */
export function itemsOf(page: Pick<StoredPage, "epoch" | "items" | "bin">): HistoryItem[] {
  return parseItems({ items: page.items.slice(1, -1), bin: page.bin }).map((item) => ({ ...item, epoch: page.epoch }));
}

export interface HistoryItem extends PageItem {
  readonly epoch: string;
}
