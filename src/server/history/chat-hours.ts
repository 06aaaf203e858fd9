import { exportLine } from "../../domain/conversation/export-line.ts";
import type { ExportedMessage } from "../../domain/conversation/exporting.ts";
import { hourStart, hoursOf } from "../../domain/history/hours.ts";
import { historyDatabases } from "./pages.ts";

/** A page of messages in memory: some 16 MB of the largest. */
const PER_PAGE = 250;

const PUT = `INSERT INTO chat_hours (app, hour, number, first_seq, last_seq) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET first_seq = min(first_seq, excluded.first_seq), last_seq = max(last_seq, excluded.last_seq)
  WHERE excluded.first_seq < first_seq OR excluded.last_seq > last_seq`;
// In the order of the keys, from where the last page ended: nothing is sorted, and nothing read twice.
const READ = `SELECT m.number, m.seq, m.message, c.name FROM chat_hours h
  CROSS JOIN chat_messages m ON m.app = h.app AND m.number = h.number AND m.seq > CASE h.number WHEN ?3 THEN ?4 ELSE 0 END AND m.seq BETWEEN h.first_seq AND h.last_seq
  CROSS JOIN chat_conversations c ON c.app = h.app AND c.number = h.number
  WHERE h.app = ?1 AND h.hour = ?2 AND h.number >= ?3 AND m.ts >= ?5 AND m.ts < ?6 ORDER BY h.number, m.seq LIMIT ?7`;

/** Where in an hour's messages a file begins: behind this one. */
export interface HourCursor {
  readonly database: number;
  readonly number: number;
  readonly seq: number;
}

export interface HourPage {
  readonly lines: readonly string[];
  /** Where the next one begins; undefined: there is none. */
  readonly next?: HourCursor | undefined;
}

/** Notes for exports which hours these messages are of. */
export const putHours = (
  db: D1Database,
  app: string,
  number: number,
  messages: readonly { readonly seq: number; readonly ts: number }[],
): D1PreparedStatement[] => hoursOf(messages).map(({ hour, first, last }) => db.prepare(PUT).bind(app, hour, number, first, last));

/** By conversations, in the order of each. */
export async function readHour(db: D1Database, app: string, hour: number, { database, number, seq }: HourCursor): Promise<HourPage> {
  const databases = historyDatabases(db);
  const { results } = await (databases[database] ?? db)
    .prepare(READ)
    .bind(app, hour, number, seq, hourStart(hour), hourStart(hour + 1), PER_PAGE)
    .all<{ number: number; seq: number; message: string; name: string }>();
  const lines = results.map((row) => exportLine(row.name, row.number, JSON.parse(row.message) as ExportedMessage));
  const last = results.at(-1);
  if (last !== undefined && results.length === PER_PAGE) return { lines, next: { database, number: last.number, seq: last.seq } };
  return { lines, ...(database + 1 < databases.length && { next: { database: database + 1, number: 0, seq: 0 } }) };
}
