import * as z from "zod";
import type { InboxHead, InboxPage, InboxReader, InboxStore } from "../../../domain/user/inbox-store.ts";
import type { Message } from "../../../protocol/messages/message.ts";
import { must } from "../../../util/assert.ts";
import type { UserTables } from "./schema.ts";

const entries = z.array(
  z.object({
    seq: z.int(),
    from: z.string(),
    device: z.string(),
    id: z.int(),
    bytes: z.int(),
    devices: z.array(z.string()),
    bridged: z.literal(true).optional(),
    ahead: z.literal(true).optional(),
  }),
);

/** As `Message`, with the length of its bytes in the page's blob in place of binary data. */
const storedMessages = z.array(
  z.object({
    from: z.string(),
    device: z.string(),
    id: z.int(),
    ts: z.int(),
    data: z.union([z.string(), z.int()]),
    customType: z.string().optional(),
    stored: z.literal(true).optional(),
    to: z.string().optional(),
  }),
);

interface ReaderRow extends Record<string, SqlStorageValue> {
  device: string;
  cursor: number;
  since: number;
  lost: number;
}

interface UnbridgedRow extends Record<string, SqlStorageValue> {
  device: string;
  seq: number;
}

interface PageRow extends Record<string, SqlStorageValue> {
  first: number;
  last: number;
  at: number;
  entries: string;
}

/** The durable twin: a page is one row, text as JSON, binary payloads one after the other in a blob. */
export function inboxTable(tables: UserTables): InboxStore {
  return {
    head: () => tables.read<{ epoch: string; seq: number; floor: number }>("inbox_head", "SELECT epoch, seq, floor FROM inbox_head")[0],
    setHead: ({ epoch, seq, floor }: InboxHead) =>
      void tables.write("inbox_head", "INSERT OR REPLACE INTO inbox_head (one, epoch, seq, floor) VALUES (1, ?, ?, ?)", epoch, seq, floor),
    readers: () => {
      const unbridged = new Map(
        tables.read<UnbridgedRow>("inbox_unbridged", "SELECT device, seq FROM inbox_unbridged").map(({ device, seq }) => [device, seq]),
      );
      const rows = tables.read<ReaderRow>("inbox_reader", "SELECT device, cursor, since, lost FROM inbox_reader");
      return rows.map((row) => ({ ...row, unbridged: unbridged.get(row.device) ?? 0 }));
    },
    setReader: ({ device, cursor, since, lost, unbridged }: InboxReader) => {
      tables.write("inbox_reader", "INSERT OR REPLACE INTO inbox_reader (device, cursor, since, lost) VALUES (?, ?, ?, ?)", device, cursor, since, lost);
      // A row of its own, which hardly any reader has; it only rises.
      if (unbridged > 0)
        tables.write(
          "inbox_unbridged",
          "INSERT INTO inbox_unbridged (device, seq) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET seq = excluded.seq WHERE seq < excluded.seq",
          device,
          unbridged,
        );
    },
    removeReader: (device) => {
      tables.change("inbox_reader", "DELETE FROM inbox_reader WHERE device = ?", device);
      tables.change("inbox_unbridged", "DELETE FROM inbox_unbridged WHERE device = ?", device);
    },
    pages: () => tables.read<PageRow>("inbox_page", "SELECT first, last, at, entries FROM inbox_page ORDER BY first").map(pageOf),
    messages: (first) => {
      const query = "SELECT messages, bin FROM inbox_page WHERE first = ?";
      const row = must(tables.read<{ messages: string; bin: ArrayBuffer | null }>("inbox_page", query, first)[0], "an inbox page");
      return unpack(row.messages, row.bin);
    },
    addPage: ({ first, last, at, entries }, messages) => {
      const { text, bin } = pack(messages);
      tables.write(
        "inbox_page",
        "INSERT INTO inbox_page (first, last, at, entries, messages, bin) VALUES (?, ?, ?, ?, ?, ?)",
        first,
        last,
        at,
        JSON.stringify(entries),
        text,
        bin,
      );
    },
    removePage: (first) => void tables.change("inbox_page", "DELETE FROM inbox_page WHERE first = ?", first),
  };
}

const pageOf = (row: PageRow): InboxPage => ({ first: row.first, last: row.last, at: row.at, entries: entries.parse(JSON.parse(row.entries)) });

function pack(messages: readonly Message[]): { text: string; bin: ArrayBuffer | null } {
  const payloads: Uint8Array[] = [];
  const stored = messages.map((message) => {
    if (typeof message.data === "string") return message;
    payloads.push(message.data);
    return { ...message, data: message.data.byteLength };
  });
  if (payloads.length === 0) return { text: JSON.stringify(stored), bin: null };
  const bin = new Uint8Array(payloads.reduce((sum, payload) => sum + payload.byteLength, 0));
  let at = 0;
  for (const payload of payloads) {
    bin.set(payload, at);
    at += payload.byteLength;
  }
  return { text: JSON.stringify(stored), bin: bin.buffer };
}

function unpack(text: string, bin: ArrayBuffer | null): Message[] {
  let at = 0;
  return storedMessages.parse(JSON.parse(text)).map(({ data, ...message }) => {
    if (typeof data === "string") return { ...message, data };
    const bytes = new Uint8Array(bin?.slice(at, at + data) ?? new ArrayBuffer(0));
    at += data;
    return { ...message, data: bytes };
  });
}
