import { LIMITS } from "../../protocol/limits.ts";
import type { GapReason, Position } from "../../protocol/messages/session.ts";
import { assert, must } from "../../util/assert.ts";
import { utf8Bytes } from "../../util/text.ts";
import type { LogMeta, LogStore, PageSummary } from "./log-store.ts";
import { type Accepted, buildPage, concat, type Page, parseItems, type WriterFloor, type WriterMark, writerKey } from "./page.ts";

export interface RecoveryWindow {
  readonly recoveryMs: number;
  readonly recoveryMessages: number;
}

/** `read` gets the pages from the store; the first may begin before the position. */
export type Resumed =
  | { readonly recovered: true; readonly upTo: number; readonly bytes: number; readonly read: () => readonly Page[] }
  | { readonly recovered: false; readonly reason: GapReason };

/** What is known of a client id before it is accepted. */
export type IdCheck =
  | { readonly kind: "new" }
  /** Its place, where the log still holds it. */
  | { readonly kind: "duplicate"; readonly place?: { readonly seq: number; readonly ts: number } }
  | { readonly kind: "burnt" };

interface Writer {
  /** Highest id accepted. */
  last: number;
  /** Since when no page shows it any more: then it stands among the floors of another. */
  goneAt: number | undefined;
}

/** How long a resubmission of an id whose page is gone is still told from a new message: clients give up long before. */
const FLOOR_KEPT_MS = 3_600_000;
/** Floors carried in one page row, newest kept: bounds the row at about 200 KB of 64-byte names. */
const FLOORS_PER_PAGE = 1000;

/**
 * The ordered log of one stream: seq 1, 2, 3 … within an epoch, one row per flush. Rows are slots that are written over
 * when their page is no longer needed, so that trimming costs no row of its own. The last ids of writers whose pages went
 * are carried in the row that takes the slot.
 */
export class Log {
  readonly #store: LogStore;
  #meta: LogMeta;
  /** Whether its epoch is durable. */
  #begun: boolean;
  #pages: PageSummary[];
  #head: number;
  #slots: number;
  readonly #writers = new Map<string, Writer>();
  /** Flushed in memory mode and not committed; newest last. Never holds what is to be stored. */
  #uncommitted: Page[] = [];
  #uncommittedBytes = 0;
  /** The writers of pages that were never committed, because the recovery window had gone past them. */
  readonly #passedBy = new Map<string, WriterMark>();
  #bytes = 0;
  #backlogBytes = 0;

  constructor(store: LogStore, newEpoch: () => string) {
    this.#store = store;
    const meta = store.meta();
    this.#begun = meta !== undefined;
    this.#meta = meta?.dirty === false ? meta : { epoch: newEpoch(), exported: 0, dirty: false };
    if (meta?.dirty === true) {
      beginAnew(store);
      store.setMeta(this.#meta);
    }
    this.#pages = store.summaries();
    this.#head = this.#pages.at(-1)?.last ?? 0;
    this.#slots = this.#pages.reduce((most, page) => Math.max(most, page.slot + 1), 0);
    for (const page of this.#pages) {
      this.#learn(page);
      this.#bytes += page.bytes;
    }
    this.#backlogBytes = this.#backlog();
  }

  get epoch(): string {
    return this.#meta.epoch;
  }
  get head(): number {
    return this.#head;
  }
  /** When the newest page was flushed; 0 if there is none. */
  get lastTs(): number {
    return (this.#uncommitted.at(-1) ?? this.#pages.at(-1))?.ts ?? 0;
  }
  get exported(): number {
    return this.#meta.exported;
  }

  /**
   * Whether (user, device, id) was accepted before. A lower one than the last that was not, or of which that cannot be said any more, is
   * burnt: it must not come after later ones.
   */
  check(user: string, device: string, id: number, key = writerKey(user, device)): IdCheck {
    const writer = this.#writers.get(key);
    if (writer === undefined || id > writer.last) return { kind: "new" };
    const place = this.#find(user, device, id);
    if (place !== undefined) return { kind: "duplicate", place };
    return id === writer.last ? { kind: "duplicate" } : { kind: "burnt" };
  }

  /** Makes the epoch durable, before anybody is told of it: who only reads makes no log. */
  begin(): void {
    if (!this.#begun) this.#setMeta(this.#meta);
  }

  /** The highest id that was accepted; 0 if none is remembered. */
  lastId(writer: string): number {
    return this.#writers.get(writer)?.last ?? 0;
  }

  /** Gives seqs to `batch` and commits it as one page. `passed`: accepted, too, but given no place. */
  append(batch: readonly Accepted[], now: number, window: RecoveryWindow, passed?: readonly Accepted[]): Page {
    const page = buildPage(batch, this.#head + 1, now, passed);
    this.#commit(page, now, window);
    return page;
  }

  /**
   * Memory mode: gives seqs, commits nothing but that it did; true where that had to be written. Not for messages to be stored,
   * and not while any wait for export: a new epoch after a crash forgets the log.
   */
  appendInMemory(batch: readonly Accepted[], now: number, window: RecoveryWindow, passed?: readonly Accepted[]): { page: Page; wrote: boolean } {
    assert(!this.hasUnexported && !batch.some((message) => message.stored), "what is to be stored is committed at once");
    const wrote = !this.#meta.dirty;
    if (wrote) this.#setMeta({ ...this.#meta, dirty: true });
    const page = buildPage(batch, this.#head + 1, now, passed);
    this.#uncommitted.push(page);
    this.#uncommittedBytes += page.bytes;
    this.#head = page.last;
    for (const [user, device, id] of page.writers) this.#raise(user, device, id);
    this.#trimUncommitted(now, window);
    return { page, wrote };
  }

  /** Whether a crash now would begin a new epoch. */
  get uncommitted(): boolean {
    return this.#meta.dirty || this.#uncommitted.length > 0;
  }

  /**
   * Memory mode: commits what of the recovery window was given out since the last time, in as few rows as it fits. `over`: for
   * now nothing more comes, so that a crash from here on forgets nothing. Answers how many rows it took.
   */
  commitMemory(now: number, window: RecoveryWindow, over: boolean): number {
    const groups = groupByBytes(this.#uncommitted, LIMITS.pageBytes);
    this.#uncommitted = [];
    this.#uncommittedBytes = 0;
    for (const [i, group] of groups.entries()) this.#commit(mergePages(group, now, i === 0 ? [...this.#passedBy.values()] : []), now, window);
    this.#passedBy.clear();
    if (this.#meta.dirty && over) this.#setMeta({ ...this.#meta, dirty: false });
    return groups.length;
  }

  /** What came after `position`: everything the log still holds, or why it cannot say. */
  resume(position: Position, window: RecoveryWindow): Resumed {
    if (position.epoch !== this.epoch) return { recovered: false, reason: "epoch-changed" };
    if (position.seq > this.#head) return { recovered: false, reason: "ahead" };
    if (this.#head - position.seq > window.recoveryMessages) return { recovered: false, reason: "too-old" };
    const missed = this.#pages.filter((page) => page.last > position.seq);
    const waiting = this.#uncommitted.filter((page) => page.last > position.seq);
    let reached = position.seq;
    for (const page of [...missed, ...waiting]) {
      if (page.first > reached + 1) return { recovered: false, reason: "too-old" };
      reached = page.last;
    }
    const bytes = [...missed, ...waiting].reduce((sum, page) => sum + page.bytes, 0);
    if (bytes > LIMITS.recoveryBytes) return { recovered: false, reason: "too-old" };
    return { recovered: true, upTo: reached, bytes, read: () => [...missed.map((page) => this.#read(page)), ...waiting] };
  }

  /** Pages with stored messages that are not yet in D1, oldest first: at most `max`, and one or as many as `maxBytes` hold. */
  unexported(max: number, maxBytes = Number.POSITIVE_INFINITY): Page[] {
    const pages: Page[] = [];
    let bytes = 0;
    for (const page of this.#pages) {
      if (!page.stored || page.last <= this.#meta.exported) continue;
      bytes += page.bytes;
      if (pages.length === max || (pages.length > 0 && bytes > maxBytes)) break;
      pages.push(this.#read(page));
    }
    return pages;
  }

  /** The newest pages that it still holds, oldest first. */
  retained(max: number): Page[] {
    return [...this.#pages.slice(-max).map((page) => this.#read(page)), ...this.#uncommitted].slice(-max);
  }

  /** Size of what waits for export. */
  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  get hasUnexported(): boolean {
    return this.#backlogBytes > 0;
  }

  setExported(seq: number): void {
    assert(seq >= this.#meta.exported && seq <= this.#head, "the export cursor only moves forward, within the log");
    this.#setMeta({ ...this.#meta, exported: seq });
    this.#backlogBytes = this.#backlog();
  }

  #backlog(): number {
    return this.#pages.reduce((sum, page) => (page.stored && page.last > this.#meta.exported ? sum + page.bytes : sum), 0);
  }

  #setMeta(meta: LogMeta): void {
    this.#meta = meta;
    this.#begun = true;
    this.#store.setMeta(meta);
  }

  #read(summary: PageSummary): Page {
    return must(this.#store.page(summary.slot), `page ${summary.first} is in slot ${summary.slot}`);
  }

  #commit(page: Page, now: number, window: RecoveryWindow): void {
    this.begin();
    const freed = this.#reclaimable(now, window);
    const slot = freed?.slot ?? this.#slots;
    const floors = freed === undefined ? [] : this.#carry(freed, now);
    // First: a write that fails leaves the pages as they were.
    this.#store.put(slot, page, floors);
    if (freed === undefined) this.#slots += 1;
    else this.#drop(freed);
    const { items: _items, bin: _bin, ...summary } = page;
    this.#pages.push({ ...summary, slot, floors });
    this.#bytes += page.bytes;
    if (page.stored) this.#backlogBytes += page.bytes;
    this.#head = Math.max(this.#head, page.last);
    for (const [user, device, id] of page.writers) this.#raise(user, device, id);
  }

  /** What the window has gone past is not committed any more. */
  #trimUncommitted(now: number, window: RecoveryWindow): void {
    for (let oldest = this.#uncommitted[0]; oldest !== undefined; oldest = this.#uncommitted[0]) {
      const beyond = this.#head - oldest.last >= window.recoveryMessages || this.#uncommittedBytes - oldest.bytes >= LIMITS.recoveryBytes;
      if (!beyond && oldest.ts >= now - window.recoveryMs) return;
      this.#uncommitted.shift();
      this.#uncommittedBytes -= oldest.bytes;
      for (const mark of oldest.writers) this.#pass(mark);
    }
  }

  #pass(mark: WriterMark): void {
    const key = writerKey(mark[0], mark[1]);
    this.#passedBy.delete(key);
    this.#passedBy.set(key, mark);
    if (this.#passedBy.size <= FLOORS_PER_PAGE) return;
    for (const longest of this.#passedBy.keys()) {
      this.#passedBy.delete(longest);
      return;
    }
  }

  /** The oldest page, if nobody needs it: outside the recovery window, and exported. */
  #reclaimable(now: number, window: RecoveryWindow): PageSummary | undefined {
    const oldest = this.#pages[0];
    if (oldest === undefined || (oldest.stored && oldest.last > this.#meta.exported)) return undefined;
    const aged = oldest.ts < now - window.recoveryMs;
    const beyond = this.#head - oldest.last >= window.recoveryMessages || this.#bytes - oldest.bytes >= LIMITS.recoveryBytes;
    return aged || beyond ? oldest : undefined;
  }

  /** The oldest page, written over. */
  #drop({ bytes }: PageSummary): void {
    this.#bytes -= bytes;
    this.#pages.shift();
  }

  /** The writers that only the page that goes still shows: they must be carried on. */
  #carry(gone: PageSummary, now: number): WriterFloor[] {
    const carried: WriterFloor[] = [];
    for (const [user, device, id] of gone.writers) {
      const writer = this.#writers.get(writerKey(user, device));
      if (writer === undefined || writer.last > id) continue;
      writer.goneAt = now;
      carried.push([user, device, id, now]);
    }
    for (const floor of gone.floors) {
      const [user, device, id, at] = floor;
      const key = writerKey(user, device);
      const writer = this.#writers.get(key);
      if (writer?.goneAt !== at || writer.last !== id) continue;
      if (at >= now - FLOOR_KEPT_MS && carried.length < FLOORS_PER_PAGE) carried.push(floor);
      else this.#writers.delete(key);
    }
    return carried;
  }

  #learn({ writers, floors }: PageSummary): void {
    for (const [user, device, id, at] of floors) {
      const writer = this.#raise(user, device, id);
      if (writer.last === id) writer.goneAt = at;
    }
    for (const [user, device, id] of writers) this.#raise(user, device, id);
  }

  #raise(user: string, device: string, id: number): Writer {
    const key = writerKey(user, device);
    const known = this.#writers.get(key);
    if (known === undefined) {
      const writer: Writer = { last: id, goneAt: undefined };
      this.#writers.set(key, writer);
      return writer;
    }
    if (id >= known.last) {
      known.last = id;
      known.goneAt = undefined;
    }
    return known;
  }

  #find(user: string, device: string, id: number): { seq: number; ts: number } | undefined {
    const mayHold = (page: { writers: Page["writers"] }): boolean => page.writers.some(([u, d, highest]) => u === user && d === device && id <= highest);
    const pages = [...this.#pages.filter(mayHold).map((page) => this.#read(page)), ...this.#uncommitted.filter(mayHold)];
    for (const page of pages) {
      const item = parseItems(page).find((one) => one.id === id && one.from === user && one.device === device);
      if (item !== undefined) return { seq: item.seq, ts: item.ts };
    }
    return undefined;
  }
}

/**
 * A crash in memory mode may have given out seqs that no row shows: they must not be used again under that epoch. What was committed
 * goes with the rest, but for the last ids of its writers: a page without messages carries them.
 */
function beginAnew(store: LogStore): void {
  const floors = new Map<string, WriterFloor>();
  const pages = store.summaries();
  for (const { ts, writers, floors: carried } of pages) {
    const marks: readonly WriterFloor[] = [...carried, ...writers.map(([user, device, id]): WriterFloor => [user, device, id, ts])];
    for (const mark of marks) {
      const key = writerKey(mark[0], mark[1]);
      if ((floors.get(key)?.[2] ?? 0) < mark[2]) floors.set(key, mark);
    }
  }
  store.clear();
  const newest = [...floors.values()].sort((a, b) => b[3] - a[3]).slice(0, FLOORS_PER_PAGE);
  if (newest.length > 0) {
    const ts = pages.at(-1)?.ts ?? 0;
    store.put(0, { first: 0, last: 0, ts, items: "", bin: undefined, bytes: 0, writers: [], stored: false }, newest);
  }
}

/** By bytes on the wire, not characters: a merged page has to fit one frame of a replay. */
function groupByBytes(pages: readonly Page[], most: number): Page[][] {
  const groups: Page[][] = [];
  let bytes = 0;
  for (const page of pages) {
    const last = groups.at(-1);
    const size = utf8Bytes(page.items) + (page.bin?.byteLength ?? 0);
    if (last === undefined || bytes + size > most) {
      groups.push([page]);
      bytes = size;
    } else {
      last.push(page);
      bytes += size;
    }
  }
  return groups;
}

/** The highest mark of each writer. */
function highestMarks(marks: readonly WriterMark[]): WriterMark[] {
  const writers = new Map<string, WriterMark>();
  for (const mark of marks) {
    const key = writerKey(mark[0], mark[1]);
    if ((writers.get(key)?.[2] ?? 0) < mark[2]) writers.set(key, mark);
  }
  return [...writers.values()];
}

function mergePages(pages: readonly Page[], now: number, passedBy: readonly WriterMark[]): Page {
  const first = must(pages[0], "a group has a page");
  const last = must(pages.at(-1), "a group has a page");
  const payloads = pages.flatMap((page) => (page.bin === undefined ? [] : [page.bin]));
  return {
    first: first.first,
    last: last.last,
    ts: now,
    items: pages.map((page) => page.items).join(","),
    bin:
      payloads.length === 0
        ? undefined
        : concat(
            payloads,
            payloads.reduce((sum, part) => sum + part.byteLength, 0),
          ),
    bytes: pages.reduce((sum, page) => sum + page.bytes, 0),
    writers: highestMarks([...passedBy, ...pages.flatMap((page) => page.writers)]),
    stored: false,
  };
}
