import { historyStream } from "../../../domain/history/streams.ts";
import type { LogMeta, PageSummary } from "../../../domain/stream/log-store.ts";
import { PeerHistory } from "../../../domain/user/peer-history.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { Message } from "../../../protocol/messages/message.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import type { Result } from "../../../util/result.ts";
import { countHistory } from "../../history/count.ts";
import { Exporter } from "../../history/export.ts";
import { type HistoryPage, readHistory } from "../../history/read.ts";
import { SqlLogStore } from "../../storage/sql-log-store.ts";
import { timeScale } from "../../time-scale.ts";
import { randomHex } from "../shell/random-hex.ts";
import type { Home } from "./home.ts";
import type { UserTables } from "./schema.ts";

export const HISTORY_DEADLINE = "history";

/** A user who gets no stored message has no table for them. */
class HistoryStore extends SqlLogStore {
  readonly #tables: UserTables;

  constructor({ sql, tables }: Home) {
    super(sql, "history_");
    this.#tables = tables;
  }

  override meta(): LogMeta | undefined {
    return this.#tables.has("history_meta") ? super.meta() : undefined;
  }

  override setMeta(meta: LogMeta): void {
    this.#tables.make("history_meta");
    this.#tables.make("history_pages");
    super.setMeta(meta);
  }

  override summaries(): PageSummary[] {
    return this.#tables.has("history_pages") ? super.summaries() : [];
  }
}

export const HISTORY_OFF = wireError("forbidden", { field: "store", message: "store: history is switched off for this app" });

/** Stored messages this user has received: kept here until they are in the database, read from both. */
export class HistoryDesk {
  readonly #home: Home;
  readonly #history: PeerHistory;
  readonly #exporter: Exporter;
  readonly #stream: string;

  constructor(home: Home) {
    this.#home = home;
    this.#history = new PeerHistory(new HistoryStore(home), randomHex);
    this.#exporter = new Exporter(home.env.DB);
    this.#stream = historyStream({ user: home.user });
  }

  /** Why nothing can be stored now. */
  refusal(): WireError | undefined {
    if (!this.#history.full) return undefined;
    return wireError("unavailable", { field: "store", limit: LIMITS.exportBacklogBytes, retryAfterMs: 10_000, message: "store: too much waits for history" });
  }

  /** In the same turn as the delivery: durable before anybody hears of it. */
  keep(messages: readonly Message[], now: number): Message[] {
    const kept = this.#history.keep(messages, now);
    this.#home.deadlines.setNoLater(HISTORY_DEADLINE, now + this.#home.times.exportDelayMs);
    return kept;
  }

  read(query: InputOf<"user.history">): Promise<Result<HistoryPage, WireError>> {
    return readHistory(this.#home.env.DB, this.#home.app, this.#stream, this.#history.tail(), query);
  }

  count(query: InputOf<"user.history-count">): Promise<Result<{ count: number }, WireError>> {
    const { log } = this.#history;
    const tail = log === undefined ? undefined : { items: this.#history.tail(), epoch: log.epoch, exported: log.exported };
    return countHistory(this.#home.env.DB, this.#home.app, this.#stream, tail, query);
  }

  /** The alarm's turn. */
  async due(): Promise<void> {
    const { log } = this.#history;
    if (log === undefined) return;
    const again = await this.#exporter.run(log, this.#home.app, this.#stream);
    if (again !== undefined) this.#home.deadlines.setNoLater(HISTORY_DEADLINE, this.#home.now() + again * timeScale(this.#home.env));
  }

  /** An export that was under way when the object was lost has no deadline left. */
  recover(): void {
    if (this.#home.deadlines.at(HISTORY_DEADLINE) !== undefined || this.#history.log?.hasUnexported !== true) return;
    this.#home.deadlines.set(HISTORY_DEADLINE, this.#home.now() + this.#home.times.exportDelayMs);
  }
}
