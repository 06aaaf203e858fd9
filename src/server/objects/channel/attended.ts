import * as z from "zod";
import type { PresenceChange } from "../../../domain/channel/members.ts";
import type { RestEvent } from "../../../domain/events/event.ts";
import { LIMITS } from "../../../protocol/limits.ts";

/** Changes in one row: far below what a row holds. */
const CHANGES_PER_ROW = 2_000;
const changes = z.array(z.tuple([z.enum(["Join", "Leave"]), z.string()]));
type Change = z.infer<typeof changes>[number];

/** Who came and went, until the app's queue has it: one row a flush, written with the list of members, so that neither is true alone. */
export class Attended {
  readonly #sql: SqlStorage;
  readonly #channel: string;
  #lastAt = 0;

  constructor(sql: SqlStorage, channel: string) {
    this.#sql = sql;
    this.#channel = channel;
  }

  get some(): boolean {
    return this.#sql.exec("SELECT 1 FROM attended LIMIT 1").toArray().length > 0;
  }

  add({ joined, left }: PresenceChange, now: number): void {
    const all = [...left.map((user): Change => ["Leave", user]), ...joined.map((user): Change => ["Join", user])];
    this.#lastAt = Math.max(now, this.#lastAt + 1);
    // More are not kept anywhere.
    const newest = all.slice(-LIMITS.restEvents);
    for (let from = 0; from < newest.length; from += CHANGES_PER_ROW) this.#put(this.#lastAt, newest.slice(from, from + CHANGES_PER_ROW));
    this.#sql.exec(DROP_OLD, LIMITS.restEvents);
  }

  /** What waits, oldest first, with the row it reaches up to. */
  waiting(): { readonly events: RestEvent[]; readonly upTo: number } {
    const rows = this.#sql.exec<{ id: number; at: number; changes: string }>("SELECT id, at, changes FROM attended ORDER BY id").toArray();
    const events = rows.flatMap(({ at, changes: text }) =>
      changes.parse(JSON.parse(text)).map(([type, user]): RestEvent => ({ kind: "channel", type, user, channel: this.#channel, at })),
    );
    return { events: events.slice(-LIMITS.restEvents), upTo: rows.at(-1)?.id ?? 0 };
  }

  /** Handed over up to a row, but for some. */
  done(upTo: number, left: readonly RestEvent[]): void {
    this.#sql.exec("DELETE FROM attended WHERE id <= ?", upTo);
    for (const at of new Set(left.map((event) => event.at))) {
      const again = left.flatMap((event): Change[] => (event.kind === "channel" && event.at === at ? [[event.type, event.user]] : []));
      this.#put(at, again);
    }
  }

  #put(at: number, some: readonly Change[]): void {
    this.#sql.exec("INSERT INTO attended (at, count, changes) VALUES (?, ?, ?)", at, some.length, JSON.stringify(some));
  }
}

/** Rows behind which there are newer changes enough. */
const DROP_OLD = `DELETE FROM attended WHERE id <=
  (SELECT max(id) FROM (SELECT id, sum(count) OVER (ORDER BY id DESC) - count AS newer FROM attended) WHERE newer >= ?)`;
