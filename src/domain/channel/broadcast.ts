import { CLOSE } from "../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Notice } from "../../protocol/messages/notice.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { Log, RecoveryWindow } from "../stream/log.ts";
import type { Accepted, Page } from "../stream/page.ts";
import type { Attendance } from "./attendance.ts";
import { type ChannelCounters, laneOf } from "./counters.ts";
import { type Sheet, sheetOf } from "./event-frame.ts";
import { COMMIT_COST_MS, collectMs, FLUSH_BYTES, INTAKE_COST_MS, isQuiet, presenceCollectMs, SEND_COST_MS, spacingMs } from "./flush-window.ts";
import { Effort } from "./pace.ts";
import type { ChannelOptions, ChannelPorts, Subscriber } from "./ports.ts";
import type { Readers } from "./readers.ts";
import { type Pending as PendingOf, Waiting } from "./waiting.ts";

export type Published = { readonly epoch: string; readonly seq?: number; readonly ts?: number; readonly duplicate?: true; readonly skipped?: true };

/** What becomes of an accepted message, for those who get no echo. */
export interface Outcome {
  /** In the turn that writes the message: what is written here is committed with it. */
  readonly written?: (published: Required<Omit<Published, "duplicate" | "skipped">>) => void;
  /** When it is durable, left out, or refused. */
  readonly done?: (result: Result<Published, WireError>) => void;
  /** The same for one whose echo is its answer: only where there will be none. */
  readonly missed?: (result: Result<Published, WireError>) => void;
}

type Pending = PendingOf<Outcome>;

/** The part of the channel's readers that leaves send to. */
export interface Leaves {
  readonly sockets: number;
  /** How many there are. */
  readonly count: number;
  /** Sockets of the fullest one. */
  readonly largest: number;
  flushed(page: Page | undefined, notices: readonly string[], skipped: number): void;
}

export interface BroadcastParts {
  readonly stream: string;
  readonly log: Log;
  readonly readers: Readers;
  readonly attendance: Attendance;
  readonly counters: ChannelCounters;
  readonly ports: Pick<ChannelPorts, "now" | "wakeIn" | "afterCommit" | "deadline" | "failed" | "pace">;
  readonly window: () => RecoveryWindow & { readonly exportDelayMs: number };
  readonly options: () => ChannelOptions;
  /** Readers that are not here but on leaves. */
  readonly leaves: () => Leaves | undefined;
  /** A reader that has been closed for being too slow. */
  readonly dropped: (subscriber: Subscriber) => void;
}

/** A channel in memory mode that was quiet for so long commits what it has given out; the next message is then written like any other. */
const MEMORY_IDLE_MS = 5_000;
/** One that never is commits the recovery window this often: what it remembers of writers is bounded by that. */
const MEMORY_COMMIT_MS = 60_000;
/** Where all channels of the isolate together do this much, what has a low priority is left out. */
const HOT = 0.9;
const HOT_WAITING = 1_024;

/**
 * From accepted to sent. What was accepted, and what is to be told, waits here until it is flushed: one page row, and when
 * that is durable one frame for everybody, so the echo is a durable acknowledgement. One flush at a time; what is not
 * flushed is not acknowledged.
 */
export class Broadcast {
  readonly #parts: BroadcastParts;
  readonly #waiting = new Waiting<Outcome>();
  /** Of this channel, of late. */
  readonly #effort = new Effort();
  #notices: string[] = [];
  /** Messages that were left out since the last frame. */
  #skipped = 0;
  /** Since when messages or notices wait; and changes of presence. */
  #waitingSince: number | undefined;
  #changedSince: number | undefined;
  #lastFlushAt = Number.NEGATIVE_INFINITY;
  #lastBatch = 0;
  /** A flush is on its way: written and not durable, or durable and not sent to everybody. */
  #busy = false;
  /** Memory mode: when the last message was flushed, and since when nothing was committed. */
  #lastMessageAt = Number.NEGATIVE_INFINITY;
  #uncommittedSince: number | undefined;

  constructor(parts: BroadcastParts) {
    this.#parts = parts;
  }

  get idle(): boolean {
    return this.#waiting.count === 0;
  }

  /** So busy that messages of low priority are left out. */
  get hot(): boolean {
    const { ports } = this.#parts;
    return this.#waiting.count >= HOT_WAITING || ports.pace.share(ports.now()) >= HOT;
  }

  /** Why nothing more can be taken in. What has a high priority has some room of its own; for the others, what has a low one makes room. */
  refuse({ data, priority }: Pick<Accepted, "data" | "priority">): WireError | undefined {
    const reserve = priority === "high" ? { messages: LIMITS.pendingReserve, bytes: LIMITS.pendingReserveBytes } : { messages: 0, bytes: 0 };
    while (this.#waiting.count >= LIMITS.pendingMessages + reserve.messages || this.#waiting.bytes + data.length > LIMITS.pendingBytes + reserve.bytes) {
      const dropped = priority === "low" ? undefined : this.#waiting.drop();
      if (dropped === undefined) {
        return wireError("overloaded", { limit: LIMITS.pendingMessages, retryAfterMs: 100, message: "too many messages wait to be sequenced" });
      }
      this.leaveOut(dropped.message);
      this.#skip(dropped);
    }
    return undefined;
  }

  enqueue(message: Accepted, outcome: Outcome): void {
    const now = this.#parts.ports.now();
    this.#waiting.add(message, outcome, now, this.#sampleMs());
    if (this.#waiting.ready > 0) this.#waitingSince ??= now;
  }

  /** A message of low priority was left out. */
  leaveOut(message: Pick<Accepted, "priority">): Published {
    this.#parts.counters.dropped[laneOf(message.priority)] += 1;
    this.#skipped += 1;
    return { epoch: this.#parts.log.epoch, skipped: true };
  }

  tell(notice: Notice): void {
    this.#notices.push(JSON.stringify(notice));
    this.#waitingSince ??= this.#parts.ports.now();
  }

  /** The last id of a writer that waits here. */
  lastPendingId(writer: string): number {
    return this.#waiting.lastId(writer);
  }

  /** A frame of a client's was taken in: sends what waits, now if the channel is quiet, with what follows if it is not. */
  settle(): void {
    const { attendance, ports } = this.#parts;
    const now = ports.now();
    ports.pace.worked(this.#effort, INTAKE_COST_MS, now);
    if (attendance.changed) this.#changedSince ??= now;
    this.#go(now);
  }

  /** The timer has come. */
  wake(): void {
    const now = this.#parts.ports.now();
    if (now >= (this.#commitAt ?? Number.POSITIVE_INFINITY)) this.commitMemory(now, now - this.#lastMessageAt >= MEMORY_IDLE_MS);
    this.#go(now);
  }

  /** Flushes all there is. */
  flushAll(now: number): void {
    this.#waiting.release(now, this.#sampleMs(), true);
    do this.#flush(now);
    while (this.#waiting.ready > 0);
  }

  /** Memory mode: commits what was given out. `over`: until the next message nothing more will be. */
  commitMemory(now: number, over = true): void {
    const { counters, log, window } = this.#parts;
    this.#uncommittedSince = over ? undefined : now;
    if (!log.uncommitted) return;
    counters.pages.unstored += log.commitMemory(now, window(), over);
    counters.commits += 1;
  }

  get #commitAt(): number | undefined {
    if (this.#uncommittedSince === undefined) return undefined;
    return Math.min(this.#lastMessageAt + MEMORY_IDLE_MS, this.#uncommittedSince + MEMORY_COMMIT_MS);
  }

  #sampleMs(): number {
    const { updatesPerSecond = 0 } = this.#parts.options();
    return updatesPerSecond === 0 ? 0 : 1000 / updatesPerSecond;
  }

  #flush(now: number): void {
    const { attendance, counters, log, stream } = this.#parts;
    const changed = attendance.changed;
    if (this.#isHeard() || changed) for (const notice of attendance.settle(now)) this.#notices.push(JSON.stringify(notice));
    const batch = this.#waiting.take(LIMITS.pageBytes);
    const notices = this.#notices;
    this.#notices = [];
    this.#waitingSince = this.#waiting.ready > 0 ? now : undefined;
    this.#changedSince = undefined;
    if (batch.length === 0 && notices.length === 0 && !changed) return;
    this.#lastFlushAt = now;
    this.#lastBatch = batch.length;
    const flushed = batch.length === 0 ? undefined : this.#tryAppend(batch, now);
    let sheet: Sheet | undefined;
    if (flushed !== undefined || notices.length > 0) {
      sheet = sheetOf({
        stream,
        epoch: log.epoch,
        head: log.head,
        page: flushed?.page,
        batch,
        notices,
        skipped: flushed === undefined ? 0 : this.#takeSkipped(batch),
      });
    }
    const done = flushed === undefined ? () => this.#refuseAll(batch) : this.#written(batch, flushed.page);
    const send = (): void => {
      if (sheet !== undefined) {
        this.#send(sheet);
        this.#parts.leaves()?.flushed(flushed?.page, sheet.notices, sheet.skipped);
      }
      done();
      this.#busy = false;
      this.#go(this.#parts.ports.now());
    };
    const overtakes = this.#busy;
    this.#busy = true;
    // Memory mode promises nothing, but it does not overtake what waits for its commit either.
    if (flushed?.wrote === false && !changed && !overtakes) return send();
    counters.commits += 1;
    this.#afterCommit(now, send);
  }

  /** In the turn that writes; what it answers is to be called when that is durable. */
  #written(batch: readonly Pending[], { first }: Page): () => void {
    const { counters, log } = this.#parts;
    const { epoch } = log;
    let unanswered = false;
    for (const [i, { message, outcome, replaced }] of batch.entries()) {
      counters.taken[laneOf(message.priority)] += 1;
      counters.messages[message.stored ? "stored" : "unstored"] += 1;
      outcome.written?.({ epoch, seq: first + i, ts: message.ts });
      unanswered ||= outcome.done !== undefined || replaced.length > 0;
    }
    counters.joined += batch.length - 1;
    if (!unanswered) return () => undefined;
    return () => {
      for (const [i, { message, outcome, replaced }] of batch.entries()) {
        for (const one of replaced) this.#answer(one, ok({ epoch, skipped: true }));
        outcome.done?.(ok({ epoch, seq: first + i, ts: message.ts }));
      }
    };
  }

  #takeSkipped(batch: readonly Pending[]): number {
    const { skipped } = this.#parts.counters;
    for (const { replaced } of batch) {
      this.#skipped += replaced.length;
      for (const { message } of replaced) skipped[laneOf(message.priority)] += 1;
    }
    const taken = this.#skipped;
    this.#skipped = 0;
    return taken;
  }

  #refuseAll(batch: readonly Pending[]): void {
    for (const pending of batch) {
      for (const one of [...pending.replaced, pending]) this.#answer(one, err(wireError("unavailable", { message: "the channel cannot keep messages now" })));
    }
  }

  #skip(pending: Pending): void {
    for (const one of [...pending.replaced, pending]) this.#answer(one, ok({ epoch: this.#parts.log.epoch, skipped: true }));
  }

  /** One that will have no echo. */
  #answer({ outcome }: Pending, result: Result<Published, WireError>): void {
    outcome.done?.(result);
    outcome.missed?.(result);
  }

  /** So many sends follow a flush one after the other: those of this object, or of its fullest leaf. */
  #inOneRow(): number {
    return Math.max(this.#parts.readers.size, this.#parts.leaves()?.largest ?? 0);
  }

  #isHeard(): boolean {
    return this.#parts.readers.size > 0 || (this.#parts.leaves()?.sockets ?? 0) > 0;
  }

  #go(now: number): void {
    this.#waiting.release(now, this.#sampleMs());
    if (this.#waiting.ready > 0) this.#waitingSince ??= now;
    const due = this.#dueAt(now);
    if (due !== undefined && due <= now) this.#flush(now);
    const next = earliest(earliest(this.#dueAt(now), this.#commitAt), this.#waiting.heldUntil);
    if (next !== undefined) this.#parts.ports.wakeIn(Math.max(0, next - now));
  }

  /** When the next flush is due. */
  #dueAt(now: number): number | undefined {
    if (this.#busy) return undefined;
    const { attendance, ports } = this.#parts;
    const countAt = attendance.countOwed && this.#isHeard() ? Math.max(now, attendance.countDueAt) : undefined;
    // Held updates wait for nobody but the clock.
    const since = this.#waiting.ready > 0 || this.#notices.length > 0 ? this.#waitingSince : undefined;
    if (since === undefined && this.#changedSince === undefined) return countAt;
    if (this.#waiting.readyBytes >= FLUSH_BYTES) return now;
    const waitMs = ports.pace.waitMs(this.#effort, now);
    // A clock that was set back since the last flush delays nothing.
    const nextCallsAt = Math.min(this.#lastFlushAt, since ?? now) + spacingMs(this.#parts.leaves()?.count ?? 0);
    const quiet = isQuiet(now, this.#lastFlushAt, this.#lastBatch, this.#inOneRow(), ports.pace.isAlone(this.#effort, now));
    if (quiet && now >= nextCallsAt) return (since ?? this.#changedSince ?? now) + waitMs;
    const messagesAt = since === undefined ? undefined : Math.max(nextCallsAt, since + Math.max(waitMs, collectMs(this.#inOneRow())));
    const changesAt = this.#changedSince === undefined ? undefined : this.#changedSince + presenceCollectMs(this.#inOneRow());
    return earliest(earliest(messagesAt, changesAt), countAt);
  }

  /**
   * Not in the turn that wrote: the platform would hold each frame by itself until the commit, which costs more than the
   * sending. Nothing is lost if the object goes in between: what is durable is recovered.
   */
  #afterCommit(startedAt: number, send: () => void): void {
    const { pace, ...ports } = this.#parts.ports;
    pace.worked(this.#effort, COMMIT_COST_MS, startedAt);
    ports.afterCommit(() => {
      pace.committed(this.#effort, startedAt, ports.now());
      send();
    });
  }

  /** Undefined where the storage takes nothing: full, say. What it took before stays, and reads go on. */
  #tryAppend(batch: readonly Pending[], now: number): { page: Page; wrote: boolean } | undefined {
    const replaced = batch.flatMap((pending) => pending.replaced.map(({ message }) => message));
    try {
      return this.#append(
        batch.map(({ message }) => message),
        now,
        replaced,
      );
    } catch (error) {
      this.#parts.ports.failed?.(error);
      return undefined;
    }
  }

  #append(batch: readonly Accepted[], now: number, replaced: readonly Accepted[]): { page: Page; wrote: boolean } {
    const { counters, log, options, ports, window } = this.#parts;
    const inMemory = options().log === "memory" && now - this.#lastMessageAt < MEMORY_IDLE_MS && !log.hasUnexported && !batch.some((message) => message.stored);
    this.#lastMessageAt = now;
    if (inMemory) {
      this.#uncommittedSince ??= now;
      return log.appendInMemory(batch, now, window(), replaced);
    }
    this.commitMemory(now);
    const page = log.append(batch, now, window(), replaced);
    counters.pages[page.stored ? "stored" : "unstored"] += 1;
    if (page.stored) ports.deadline("export", now + window().exportDelayMs);
    return { page, wrote: true };
  }

  /** To everybody who is here now, in one turn: a pause between sends costs a thousand members more than it gives the first of them. */
  #send(sheet: Sheet): void {
    const { counters, ports, readers } = this.#parts;
    const { sent, spared, tooSlow } = readers.send(sheet);
    counters.frames += sent;
    counters.spared += spared;
    counters.slowReaders += tooSlow.length;
    ports.pace.worked(this.#effort, sent * SEND_COST_MS, ports.now());
    for (const subscriber of tooSlow) {
      subscriber.close(CLOSE.slowReader.code, CLOSE.slowReader.reason);
      this.#parts.dropped(subscriber);
    }
  }
}

const earliest = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : b === undefined ? a : Math.min(a, b));
