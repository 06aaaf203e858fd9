import { LIMITS } from "../../protocol/limits.ts";
import type { Message } from "../../protocol/messages/message.ts";
import { type HistoryItem, itemsOf, storedPage } from "../history/stored-page.ts";
import { Log, type RecoveryWindow } from "../stream/log.ts";
import type { LogStore } from "../stream/log-store.ts";
import { type Accepted, rowsOf } from "../stream/page.ts";
import { messageKey } from "./peer-message.ts";

/** How long the log tells a repeat from a new message; nobody resumes from it. */
const WINDOW: RecoveryWindow = { recoveryMs: LIMITS.recoveryMs, recoveryMessages: LIMITS.recoveryMessages };

/** The stored messages a user has received: a log that is the outbox to history. A user who gets none has no row of it. */
export class PeerHistory {
  readonly #store: LogStore;
  readonly #newEpoch: () => string;
  #opened: Log | undefined;
  #lastTs = 0;

  constructor(store: LogStore, newEpoch: () => string) {
    this.#store = store;
    this.#newEpoch = newEpoch;
  }

  /** Undefined while nothing was ever stored. */
  get log(): Log | undefined {
    if (this.#opened === undefined && this.#store.meta() !== undefined) this.#open();
    return this.#opened;
  }

  /** Too much waits for the database: what cannot be kept must not be accepted. */
  get full(): boolean {
    return (this.log?.backlogBytes ?? 0) > LIMITS.exportBacklogBytes;
  }

  /**
   * Keeps these, in order, each once, as few rows as they fit. They come back as they stand in history: time is this
   * log's own and never goes back, or pages could not be read by it.
   */
  keep(messages: readonly Message[], now: number): Message[] {
    const log = this.log ?? this.#open();
    this.#lastTs = Math.max(this.#lastTs, now);
    const ts = this.#lastTs;
    const fresh = new Map<string, Accepted>();
    const kept = messages.map((message): Message => {
      const known = log.check(message.from, message.device, message.id);
      if (known.kind === "duplicate") return { ...message, ts: known.place?.ts ?? ts, stored: true };
      // Whether one that is older than the log was kept cannot be said any more: twice is better than never.
      const { from, device, id, data, customType } = message;
      fresh.set(messageKey(message), { from, device, id, ts, data, customType, stored: true });
      return { ...message, ts, stored: true };
    });
    for (const row of rowsOf([...fresh.values()], (message) => message)) log.append(row, ts, WINDOW);
    return kept;
  }

  /** What is not in the database yet. Taken before the database is read: so there is no hole. */
  tail(): HistoryItem[] {
    const { log } = this;
    if (log === undefined) return [];
    return log.unexported(Number.POSITIVE_INFINITY).flatMap((page) => {
      const stored = storedPage(page, log.epoch);
      return stored === undefined ? [] : itemsOf(stored);
    });
  }

  #open(): Log {
    const log = new Log(this.#store, this.#newEpoch);
    this.#lastTs = log.lastTs;
    this.#opened = log;
    return log;
  }
}
