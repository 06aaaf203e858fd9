import { storedPage } from "../../domain/history/stored-page.ts";
import type { Log } from "../../domain/stream/log.ts";
import { logLine, messageOf } from "../log.ts";
import { historyDb, writePages } from "./pages.ts";

/** Pages in one D1 transaction: it is one row each, and 50 rows a batch keep a database at its best. */
const PAGES_PER_BATCH = 50;
/** A batch is in memory as a whole, and one request. */
const BYTES_PER_BATCH = 4 * 1024 * 1024;
/** Batches in one alarm; the next one follows at once. */
const BATCHES_PER_RUN = 10;
const BACKOFF_MIN_MS = 2_000;
const BACKOFF_MAX_MS = 60_000;

/**
 * Copies a log's stored messages to D1 and moves the export cursor. The log is the outbox: nothing is lost by stopping
 * anywhere, and doing a batch again changes nothing.
 */
export class Exporter {
  readonly #db: D1Database | undefined;
  #failures = 0;

  constructor(db: D1Database | undefined) {
    this.#db = db;
  }

  /** Ms until it wants to go on; undefined when all is exported. */
  async run(log: Log, app: string, stream: string): Promise<number | undefined> {
    // No database here (a bare workerd): history waits in the log.
    if (this.#db === undefined) return log.hasUnexported ? BACKOFF_MAX_MS : undefined;
    const db = historyDb(this.#db, app, stream);
    for (let batch = 0; batch < BATCHES_PER_RUN && log.hasUnexported; batch++) {
      const { epoch } = log;
      const pages = log.unexported(PAGES_PER_BATCH, BYTES_PER_BATCH);
      const upTo = pages.at(-1)?.last;
      if (upTo === undefined) return undefined;
      try {
        await writePages(
          db,
          app,
          stream,
          pages.flatMap((page) => storedPage(page, epoch) ?? []),
        );
      } catch (error) {
        this.#failures += 1;
        logLine("history.export-failed", { failures: this.#failures, message: messageOf(error) });
        return Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(this.#failures - 1, 10));
      }
      // The log may have started anew while D1 answered.
      if (log.epoch === epoch) log.setExported(upTo);
      this.#failures = 0;
    }
    return log.hasUnexported ? 0 : undefined;
  }
}
