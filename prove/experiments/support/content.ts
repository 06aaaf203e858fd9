export interface Events<Item> {
  readonly epoch: string;
  readonly after: number;
  readonly upTo: number;
  readonly items: readonly { readonly seq: number; readonly item: Item }[];
  readonly skipped: number;
}

/** What a channel's socket brings, decoded once for all who get the same bytes. */
export interface Content<Item> {
  readonly welcome?: { readonly epoch: string; readonly seq: number; readonly recovered?: boolean };
  readonly goAwayMs?: number;
  readonly events: readonly Events<Item>[];
  readonly replies: readonly { readonly id: number; readonly ok?: unknown; readonly error?: { readonly code: string } }[];
}

/** An item as it stands in an event frame. */
export interface RawItem {
  readonly seq: number;
  readonly from: string;
  readonly id: number;
  readonly data: string;
}

type Raw = Record<string, unknown>;

/** Decodes frames; of each item what `read` makes of it. */
export const decoder =
  <Item>(read: (item: RawItem) => Item) =>
  (bytes: Buffer): Content<Item> => {
    const parsed: Raw | Raw[] = JSON.parse(bytes.toString("utf8"));
    const events: Events<Item>[] = [];
    const replies: Content<Item>["replies"][number][] = [];
    let content: Content<Item> = { events, replies };
    for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
      if (message.type === "welcome") content = { ...content, welcome: message as unknown as NonNullable<Content<Item>["welcome"]> };
      else if (message.type === "goaway") content = { ...content, goAwayMs: Number(message.retryAfterMs) };
      else if (message.type === "reply") replies.push(message as unknown as Content<Item>["replies"][number]);
      else if (message.type === "events") {
        const { epoch, after, upTo, skipped = 0 } = message as unknown as Omit<Events<Item>, "items">;
        const items = (message.items as RawItem[]).map((item) => ({ seq: item.seq, item: read(item) }));
        events.push({ epoch, after, upTo, skipped, items });
      }
    }
    return content;
  };
