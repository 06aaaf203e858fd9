import { compareFound, type Found, type FoundText, Merged, type Order, type Source } from "../../domain/history/merge.ts";
import { MINUTE_MS, minuteOf, sentPlaces, weekOf } from "../../domain/history/sent.ts";
import { type ExportedPage, itemsOf } from "../../domain/history/stored-page.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { logLine, messageOf } from "../log.ts";

/** Entries in one statement: their JSON stays far below the 2 MB a value may have. */
const PLACES_PER_INSERT = 5_000;
/** Places whose first pages are read together. */
const PLACES_PER_READ = 20;
const FIRST_PAGES = 5;
const NEXT_PAGES = 20;

/** One row per sender, stream and minute; a row that is there already costs none. */
export function writeSent(db: D1Database, app: string, stream: string, pages: readonly ExportedPage[]): D1PreparedStatement[] {
  const rows = sentPlaces(pages).map(({ week, sender, minute }) => [week, sender, minute]);
  const insert = db.prepare(
    `INSERT OR IGNORE INTO history_sent (app, week, sender, minute, stream)
     SELECT ?, value ->> 0, value ->> 1, value ->> 2, ? FROM json_each(?)`,
  );
  const parts = Array.from({ length: Math.ceil(rows.length / PLACES_PER_INSERT) }, (_, n) => rows.slice(n * PLACES_PER_INSERT, (n + 1) * PLACES_PER_INSERT));
  return parts.map((part) => insert.bind(app, stream, JSON.stringify(part)));
}

export interface SentQuery {
  readonly app: string;
  readonly sender: string;
  /** Inclusive. */
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly order: Order;
  /** Whether what was sent to this stream is meant. */
  readonly wants: (stream: string) => boolean;
}

interface Place {
  readonly minute: number;
  readonly stream: string;
}

/** Reads of D1 that one request may cause. */
export class ReadBudget {
  #left: number = LIMITS.historyReadsPerRequest;

  spend(reads: number): WireError | undefined {
    this.#left -= reads;
    if (this.#left >= 0) return undefined;
    return wireError("limit_exceeded", { limit: LIMITS.historyReadsPerRequest, message: "the question reads too much of history: narrow its range of time" });
  }
}

/**
 * Every text a user has sent, whatever it was sent to, as far as it is exported. Minutes follow each other, so only places of
 * one minute are merged.
 */
export class SentMessages implements Source {
  readonly #db: D1Database;
  readonly #query: SentQuery;
  readonly #budget: ReadBudget;
  readonly #weeks: number[];
  /** Read and not yet looked into. All of them, or at least one of another minute than the first. */
  #places: Place[] = [];
  #beyond: Place | undefined;
  #opened: PlaceTexts[] = [];
  #minute: Merged | undefined;

  constructor(db: D1Database, query: SentQuery, budget: ReadBudget) {
    this.#db = db;
    this.#query = query;
    this.#budget = budget;
    const [first, last] = [weekOf(query.from), weekOf(query.to)];
    const weeks = Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);
    this.#weeks = query.order === "oldest-first" ? weeks : weeks.reverse();
  }

  async next(): Promise<Found> {
    try {
      for (;;) {
        const found = await this.#minute?.next();
        if (found !== undefined && (!found.ok || found.value !== undefined)) return found;
        this.#minute = undefined;
        const opened = await this.#openMinute();
        if (!opened.ok) return opened;
        if (this.#minute === undefined) return ok(undefined);
      }
    } catch (error) {
      logLine("history.unavailable", { message: messageOf(error) });
      return err(wireError("unavailable", { message: "history cannot be read now" }));
    }
  }

  async #openMinute(): Promise<Result<undefined, WireError>> {
    if (this.#opened.length === 0) {
      const read = await this.#readPlaces();
      if (!read.ok) return read;
    }
    const minute = this.#opened[0]?.place.minute;
    if (minute === undefined) return ok(undefined);
    const same = this.#opened.filter(({ place }) => place.minute === minute);
    this.#opened = this.#opened.slice(same.length);
    this.#minute = new Merged(same, this.#query.order);
    return ok(undefined);
  }

  /** The next places, of whole minutes, each with its first pages. */
  async #readPlaces(): Promise<Result<undefined, WireError>> {
    while (this.#weeks.length > 0 && wholeMinutes(this.#places) === 0) {
      const refused = this.#budget.spend(1);
      if (refused !== undefined) return err(refused);
      await this.#readWeek();
    }
    const taken = this.#places.splice(0, this.#weeks.length > 0 ? wholeMinutes(this.#places) : this.#places.length);
    for (let at = 0; at < taken.length; at += PLACES_PER_READ) {
      const some = taken.slice(at, at + PLACES_PER_READ).map((place) => new PlaceTexts(this.#db, this.#query, place, this.#budget));
      const refused = this.#budget.spend(some.length);
      if (refused !== undefined) return err(refused);
      const pages = await this.#db.batch<PageRow>(some.map((texts) => texts.statement(FIRST_PAGES)));
      for (const [index, texts] of some.entries()) texts.take(pages[index]?.results ?? [], FIRST_PAGES);
      this.#opened.push(...some);
    }
    return ok(undefined);
  }

  async #readWeek(): Promise<void> {
    const { app, sender, from, to, order } = this.#query;
    const [compare, direction] = order === "oldest-first" ? [">", "ASC"] : ["<", "DESC"];
    const start = this.#beyond ?? (order === "oldest-first" ? { minute: -1, stream: "" } : { minute: Number.MAX_SAFE_INTEGER, stream: "" });
    const { results } = await this.#db
      .prepare(
        `SELECT minute, stream FROM history_sent
         WHERE app = ? AND week = ? AND sender = ? AND minute BETWEEN ? AND ? AND (minute, stream) ${compare} (?, ?)
         ORDER BY minute ${direction}, stream ${direction} LIMIT ?`,
      )
      .bind(app, this.#weeks[0] ?? 0, sender, minuteOf(from), minuteOf(to), start.minute, start.stream, PLACES_PER_READ)
      .all<{ minute: number; stream: string }>();
    this.#places.push(...results.filter(({ stream }) => this.#query.wants(stream)));
    this.#beyond = results.at(-1) ?? this.#beyond;
    if (results.length < PLACES_PER_READ) this.#weeks.shift();
  }
}

/** How many of these places, from the first, are of minutes that are surely complete. */
function wholeMinutes(places: readonly Place[]): number {
  const last = places.at(-1)?.minute;
  const cut = places.findIndex(({ minute }) => minute === last);
  return Math.max(0, cut);
}

interface PageRow {
  epoch: string;
  first_seq: number;
  from_ts: number;
  items: string;
}

/** A page is flushed within seconds of its first message, so one that starts this long before a minute holds nothing of it. */
const PAGE_SPAN_MS = 60_000;

/** What one user sent to one stream within one minute. */
class PlaceTexts implements Source {
  readonly place: Place;
  readonly #db: D1Database;
  readonly #query: SentQuery;
  readonly #budget: ReadBudget;
  #ready: FoundText[] | undefined;
  #beyond: Pick<PageRow, "epoch" | "first_seq" | "from_ts"> | undefined;
  #more = true;

  constructor(db: D1Database, query: SentQuery, place: Place, budget: ReadBudget) {
    this.#db = db;
    this.#query = query;
    this.place = place;
    this.#budget = budget;
  }

  statement(limit: number): D1PreparedStatement {
    const { app, sender, order } = this.#query;
    const start = this.place.minute * MINUTE_MS;
    const [compare, direction] = order === "oldest-first" ? [">", "ASC"] : ["<", "DESC"];
    const beyond = this.#beyond ?? { from_ts: order === "oldest-first" ? -1 : Number.MAX_SAFE_INTEGER, epoch: "", first_seq: 0 };
    return this.#db
      .prepare(
        `SELECT epoch, first_seq, from_ts, items FROM history_pages
         WHERE app = ? AND stream = ? AND from_ts >= ? AND from_ts < ? AND to_ts >= ? AND instr(items, ?) > 0
           AND (from_ts, epoch, first_seq) ${compare} (?, ?, ?)
         ORDER BY from_ts ${direction}, epoch ${direction}, first_seq ${direction} LIMIT ?`,
      )
      .bind(
        ...[app, this.place.stream, start - PAGE_SPAN_MS, start + MINUTE_MS, start],
        ...[`"from":${JSON.stringify(sender)}`, beyond.from_ts, beyond.epoch, beyond.first_seq, limit],
      );
  }

  take(pages: readonly PageRow[], limit: number): void {
    const { stream, minute } = this.place;
    const { from, to, sender, order } = this.#query;
    this.#beyond = pages.at(-1) ?? this.#beyond;
    this.#more = pages.length === limit;
    const texts = pages
      .flatMap(({ epoch, items }) => itemsOf({ epoch, items, bin: undefined }))
      .flatMap((item): FoundText[] => {
        const meant = item.from === sender && minuteOf(item.ts) === minute && item.ts >= from && item.ts < to;
        return meant && typeof item.data === "string" ? [{ stream, seq: item.seq, from: item.from, ts: item.ts, data: item.data }] : [];
      });
    this.#ready = texts.sort(compareFound(order));
  }

  async next(): Promise<Found> {
    if (this.#ready === undefined) {
      if (!this.#more) return ok(undefined);
      const refused = this.#budget.spend(1);
      if (refused !== undefined) return err(refused);
      const { results } = await this.statement(NEXT_PAGES).all<PageRow>();
      this.take(results, NEXT_PAGES);
    }
    const ready = this.#ready ?? [];
    this.#ready = undefined;
    return ok(ready);
  }
}
