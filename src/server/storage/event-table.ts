import type { EventKind, RestEvent } from "../../domain/events/event.ts";
import { LIMITS } from "../../protocol/limits.ts";

/** The table of an EventsObject: its key is all there is of an event, in the order of reading. */
export const EVENTS_SCHEMA: readonly string[] = [
  `CREATE TABLE event (kind TEXT NOT NULL, at INTEGER NOT NULL, user TEXT NOT NULL, channel TEXT NOT NULL, type TEXT NOT NULL,
    PRIMARY KEY (kind, at, user, channel, type)) WITHOUT ROWID`,
];

type Row = { at: number; user: string; channel: string; type: string };

/** Events that wait to be read, the newest of each kind. */
export class EventTable {
  readonly #sql: SqlStorage;
  /** Counted once: what it takes to notice that there are too many. */
  readonly #counts = new Map<EventKind, number>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(events: readonly RestEvent[]): void {
    for (const event of events) {
      const { rowsWritten } = this.#sql.exec("INSERT OR IGNORE INTO event (kind, at, user, channel, type) VALUES (?, ?, ?, ?, ?)", ...keyOf(event));
      if (rowsWritten > 0) this.#count(event.kind, 1);
    }
    for (const kind of new Set(events.map((event) => event.kind))) this.#trim(kind);
  }

  oldest(kind: EventKind, limit: number): RestEvent[] {
    return this.#sql
      .exec<Row>("SELECT at, user, channel, type FROM event WHERE kind = ? ORDER BY at, user, channel, type LIMIT ?", kind, limit)
      .toArray()
      .map((row) => eventOf(kind, row));
  }

  /** Whether it was there. */
  remove(event: RestEvent): boolean {
    const { rowsWritten } = this.#sql.exec("DELETE FROM event WHERE kind = ? AND at = ? AND user = ? AND channel = ? AND type = ?", ...keyOf(event));
    if (rowsWritten > 0) this.#count(event.kind, -1);
    return rowsWritten > 0;
  }

  drop(kind: EventKind, before: number): void {
    const { rowsWritten } = this.#sql.exec("DELETE FROM event WHERE kind = ? AND at < ?", kind, before);
    this.#count(kind, -rowsWritten);
  }

  #trim(kind: EventKind): void {
    const tooMany = this.#count(kind, 0) - LIMITS.restEvents;
    if (tooMany <= 0) return;
    const { rowsWritten } = this.#sql.exec(
      `DELETE FROM event WHERE (kind, at, user, channel, type) IN
       (SELECT kind, at, user, channel, type FROM event WHERE kind = ? ORDER BY at, user, channel, type LIMIT ?)`,
      kind,
      tooMany,
    );
    this.#count(kind, -rowsWritten);
  }

  #count(kind: EventKind, change: number): number {
    const known = this.#counts.get(kind);
    // Read after the change that asks for it, so it holds that change already.
    const count =
      known === undefined ? this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM event WHERE kind = ?", kind).one().count : known + change;
    this.#counts.set(kind, count);
    return count;
  }
}

const keyOf = (event: RestEvent): [string, number, string, string, string] => [
  event.kind,
  event.at,
  event.user,
  event.kind === "channel" ? event.channel : "",
  event.type,
];

const eventOf = (kind: EventKind, { at, user, channel, type }: Row): RestEvent =>
  kind === "user" ? { kind, type: type === "Login" ? "Login" : "Logout", user, at } : { kind, type: type === "Join" ? "Join" : "Leave", user, channel, at };
