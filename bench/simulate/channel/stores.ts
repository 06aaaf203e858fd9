import type { Presence, RosterStore } from "../../../src/domain/channel/members.ts";
import type { CountedState } from "../../../src/domain/channel/ports.ts";
import type { LogMeta, LogStore, PageSummary } from "../../../src/domain/stream/log-store.ts";
import type { Page, WriterFloor } from "../../../src/domain/stream/page.ts";
import { MemoryChannelStateStore } from "../../../test/support/memory-channel.ts";
import { ROW_BYTES_MAX } from "../platform/costs.ts";
import type { Thread } from "../platform/thread.ts";

/** Around a row's content. */
const ROW_BYTES = 60;
/** Of a member in a row of the roster: two names, five fields. */
const PRESENCE_BYTES = 130;
const WRITER_BYTES = 40;
/** A leaf and its users. */
const COUNT_BYTES = 12;

export interface RowTrouble {
  /** Writes that the platform would have refused. */
  tooLarge: number;
  largest: number;
}

/** The log as `SqlLogStore` keeps it: a row per page, a row for the meta. */
export class CountingLogStore implements LogStore {
  readonly #thread: () => Thread;
  readonly #trouble: RowTrouble;
  #meta: LogMeta | undefined;
  readonly #slots = new Map<number, { readonly page: Page; readonly floors: readonly WriterFloor[] }>();

  constructor(thread: () => Thread, trouble: RowTrouble) {
    this.#thread = thread;
    this.#trouble = trouble;
  }

  meta(): LogMeta | undefined {
    return this.#meta;
  }
  setMeta(meta: LogMeta): void {
    this.#thread().wrote(ROW_BYTES);
    this.#meta = meta;
  }
  summaries(): PageSummary[] {
    const all = [...this.#slots].map(([slot, { page, floors }]) => ({ ...page, slot, floors }));
    return all.sort((a, b) => a.first - b.first);
  }
  page(slot: number): Page | undefined {
    return this.#slots.get(slot)?.page;
  }
  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {
    write(this.#thread(), this.#trouble, page.bytes + (page.writers.length + floors.length) * WRITER_BYTES);
    this.#slots.set(slot, { page, floors });
  }
  clear(): void {
    this.#slots.clear();
    this.#meta = undefined;
  }
}

/** The list of members as `SqlRosterStore` keeps it: a row per chunk, rewritten whole. */
export class CountingRosterStore implements RosterStore {
  readonly #thread: () => Thread;
  readonly #trouble: RowTrouble;
  readonly #chunks = new Map<number, readonly Presence[]>();

  constructor(thread: () => Thread, trouble: RowTrouble) {
    this.#thread = thread;
    this.#trouble = trouble;
  }

  chunks(): Presence[][] {
    return [...this.#chunks.values()].map((members) => [...members]);
  }
  putChunk(chunk: number, members: readonly Presence[]): void {
    write(this.#thread(), this.#trouble, members.length * PRESENCE_BYTES);
    this.#chunks.set(chunk, members);
  }
  clear(): void {
    this.#chunks.clear();
  }
}

/** Of what a channel writes now and then it counts what changes with its members. */
export class CountingStateStore extends MemoryChannelStateStore {
  readonly #thread: () => Thread;

  constructor(thread: () => Thread) {
    super();
    this.#thread = thread;
  }

  override setCounted(counted: CountedState): void {
    this.#thread().wrote(ROW_BYTES + counted.leaves.length * COUNT_BYTES);
    super.setCounted(counted);
  }
}

function write(thread: Thread, trouble: RowTrouble, bytes: number): void {
  thread.wrote(ROW_BYTES + bytes);
  trouble.largest = Math.max(trouble.largest, bytes);
  if (bytes > ROW_BYTES_MAX) trouble.tooLarge += 1;
}
