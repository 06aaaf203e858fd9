import { CLOSE } from "../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { Frame } from "../../protocol/frame.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Notice } from "../../protocol/messages/notice.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { Log, RecoveryWindow } from "../stream/log.ts";
import { type Accepted, type Page, writerKey } from "../stream/page.ts";
import type { Attendance } from "./attendance.ts";
import { pageFrame } from "./event-frame.ts";
import { CommitClock, collectMs, FLUSH_BYTES, isQuiet, presenceCollectMs } from "./flush-window.ts";
import type { ChannelOptions, ChannelPorts, Subscriber } from "./ports.ts";
import type { Readers } from "./readers.ts";

export type Published = { readonly epoch: string; readonly seq?: number; readonly ts?: number; readonly duplicate?: true };

/** What becomes of an accepted message, for those who get no echo. */
export interface Outcome {
  /** In the turn that writes the message: what is written here is committed with it. */
  readonly written?: (published: Required<Omit<Published, "duplicate">>) => void;
  /** When it is durable, or refused. */
  readonly done?: (result: Result<Published, WireError>) => void;
}

interface Pending extends Outcome {
  readonly message: Accepted;
}

/** The part of the channel's readers that leaves send to. */
export interface Leaves {
  readonly sockets: number;
  /** Sockets of the fullest one. */
  readonly largest: number;
  flushed(page: Page | undefined, notices: readonly string[]): void;
}

/** What one flush says to everybody: pages, and notices with one of them. */
interface Said {
  readonly page: Page | undefined;
  readonly notices: readonly string[];
}

export interface BroadcastParts {
  readonly stream: string;
  readonly log: Log;
  readonly readers: Readers;
  readonly attendance: Attendance;
  readonly ports: Pick<ChannelPorts, "now" | "wakeIn" | "afterCommit" | "deadline" | "failed">;
  readonly window: () => RecoveryWindow & { readonly exportDelayMs: number };
  readonly options: () => ChannelOptions;
  /** Readers that are not here but on leaves. */
  readonly leaves: () => Leaves | undefined;
  /** A reader that has been closed for being too slow. */
  readonly dropped: (subscriber: Subscriber) => void;
}

const MEMORY_COMMIT_MS = 1000;

/**
 * From accepted to sent. What was accepted, and what is to be told, waits here until it is flushed: one page row, and when
 * that is durable one frame for everybody, so the echo is a durable acknowledgement. One flush at a time; what is not
 * flushed is not acknowledged.
 */
export class Broadcast {
  readonly #parts: BroadcastParts;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  /** The last id of each writer that waits. */
  #pendingIds = new Map<string, number>();
  #notices: string[] = [];
  /** Since when messages or notices wait; and changes of presence. */
  #waitingSince: number | undefined;
  #changedSince: number | undefined;
  #lastFlushAt = Number.NEGATIVE_INFINITY;
  #lastBatch = 0;
  /** A flush is on its way: written and not durable, or durable and not sent to everybody. */
  #busy = false;
  readonly #commits = new CommitClock();
  /** When memory mode commits what it has given out. */
  #commitAt: number | undefined;

  constructor(parts: BroadcastParts) {
    this.#parts = parts;
  }

  get idle(): boolean {
    return this.#pending.length === 0;
  }

  /** Why nothing more can be taken in. */
  refuse(bytes: number): WireError | undefined {
    if (this.#pending.length < LIMITS.pendingMessages && this.#pendingBytes + bytes <= LIMITS.pendingBytes) return undefined;
    return wireError("overloaded", { limit: LIMITS.pendingMessages, retryAfterMs: 100, message: "too many messages wait to be sequenced" });
  }

  enqueue(message: Accepted, outcome: Outcome): void {
    this.#pending.push({ ...outcome, message });
    this.#pendingBytes += sizeOf(message);
    this.#pendingIds.set(writerKey(message.from, message.device), message.id);
    this.#waitingSince ??= this.#parts.ports.now();
  }

  tell(notice: Notice): void {
    this.#notices.push(JSON.stringify(notice));
    this.#waitingSince ??= this.#parts.ports.now();
  }

  /** The highest id of a writer that waits here. */
  lastPendingId(from: string, device: string): number {
    return this.#pendingIds.get(writerKey(from, device)) ?? 0;
  }

  /** Sends what waits: now if the channel is quiet, with what follows if it is not. */
  settle(): void {
    const now = this.#parts.ports.now();
    if (this.#parts.attendance.changed) this.#changedSince ??= now;
    this.#go(now);
  }

  /** The timer has come. */
  wake(): void {
    const now = this.#parts.ports.now();
    if (this.#commitAt !== undefined && now >= this.#commitAt) this.commitMemory(now);
    this.#go(now);
  }

  flush(now: number): void {
    const { attendance, log, stream } = this.#parts;
    const changed = attendance.changed;
    if (this.#isHeard() || changed) for (const notice of attendance.settle(now)) this.#notices.push(JSON.stringify(notice));
    const batch = this.#pending;
    let notices: readonly string[] = this.#notices;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#pendingIds = new Map();
    this.#notices = [];
    this.#waitingSince = undefined;
    this.#changedSince = undefined;
    if (batch.length === 0 && notices.length === 0 && !changed) return;
    this.#lastFlushAt = now;
    this.#lastBatch = batch.length;
    const said: Said[] = [];
    const written: Pending[] = [];
    for (const group of groupByRow(batch)) {
      const page = this.#tryAppend(group, now);
      if (page === undefined) break;
      written.push(...group);
      said.push({ page, notices });
      notices = [];
    }
    if (notices.length > 0) said.push({ page: undefined, notices });
    const frames = said.map(({ page, notices: along }) => pageFrame(stream, log.epoch, page, along));
    const { head } = log;
    const published = numbered(written, log.epoch, head);
    for (const [i, { written: keep }] of written.entries()) if (keep !== undefined && published[i] !== undefined) keep(published[i]);
    for (const { done } of batch.slice(written.length)) done?.(err(wireError("unavailable", { message: "the channel cannot keep messages now" })));
    const send = (): void => {
      this.#send(frames, head);
      const leaves = this.#parts.leaves();
      if (leaves !== undefined) for (const { page, notices: along } of said) leaves.flushed(page, along);
      for (const [i, { done }] of written.entries()) if (done !== undefined && published[i] !== undefined) done(ok(published[i]));
      this.#busy = false;
      this.#go(this.#parts.ports.now());
    };
    this.#busy = true;
    // Memory mode promises nothing.
    if (this.#commitAt !== undefined && !changed) send();
    else this.#afterCommit(now, send);
  }

  /** Memory mode: commits what was given out. */
  commitMemory(now: number): void {
    this.#commitAt = undefined;
    if (this.#parts.log.uncommitted) this.#parts.log.commitMemory(now, this.#parts.window());
  }

  #isQuiet(now: number): boolean {
    return isQuiet(now, this.#lastFlushAt, this.#lastBatch, this.#inOneRow());
  }

  /** So many sends follow a flush one after the other: those of this object, or of its fullest leaf. */
  #inOneRow(): number {
    return Math.max(this.#parts.readers.size, this.#parts.leaves()?.largest ?? 0);
  }

  #isHeard(): boolean {
    return this.#parts.readers.size > 0 || (this.#parts.leaves()?.sockets ?? 0) > 0;
  }

  #go(now: number): void {
    const due = this.#dueAt(now);
    if (due !== undefined && due <= now) this.flush(now);
    const next = earliest(this.#dueAt(now), this.#commitAt);
    if (next !== undefined) this.#parts.ports.wakeIn(Math.max(0, next - now));
  }

  /** When the next flush is due. */
  #dueAt(now: number): number | undefined {
    if (this.#busy) return undefined;
    const { attendance } = this.#parts;
    const countAt = attendance.countOwed && this.#isHeard() ? Math.max(now, attendance.countDueAt) : undefined;
    if (this.#waitingSince === undefined && this.#changedSince === undefined) return countAt;
    if (this.#pendingBytes >= FLUSH_BYTES) return now;
    const commitMs = this.#commits.waitMs(now);
    if (this.#isQuiet(now)) return (this.#waitingSince ?? this.#changedSince ?? now) + commitMs;
    const messagesAt = this.#waitingSince === undefined ? undefined : this.#waitingSince + Math.max(commitMs, collectMs(this.#inOneRow()));
    const changesAt = this.#changedSince === undefined ? undefined : this.#changedSince + presenceCollectMs(this.#inOneRow());
    return earliest(earliest(messagesAt, changesAt), countAt);
  }

  /**
   * Not in the turn that wrote: the platform would hold each frame by itself until the commit, which costs more than the
   * sending. Nothing is lost if the object goes in between: what is durable is recovered.
   */
  #afterCommit(startedAt: number, send: () => void): void {
    this.#parts.ports.afterCommit(() => {
      this.#commits.measured(startedAt, this.#parts.ports.now());
      send();
    });
  }

  /** Undefined where the storage takes nothing: full, say. What it took before stays, and reads go on. */
  #tryAppend(group: readonly Pending[], now: number): Page | undefined {
    try {
      return this.#append(
        group.map(({ message }) => message),
        now,
      );
    } catch (error) {
      this.#parts.ports.failed?.(error);
      return undefined;
    }
  }

  #append(batch: readonly Accepted[], now: number): Page {
    const { log, options, ports, window } = this.#parts;
    const stored = batch.some((message) => message.stored);
    if (options().log === "memory" && !stored && !log.hasUnexported) {
      this.#commitAt ??= now + MEMORY_COMMIT_MS;
      return log.appendInMemory(batch, now);
    }
    this.commitMemory(now);
    const page = log.append(batch, now, window());
    if (page.stored) ports.deadline("export", now + window().exportDelayMs);
    return page;
  }

  /** To everybody who is here now, in one turn: a pause between sends costs a thousand members more than it gives the first of them. */
  #send(frames: readonly Frame[], upTo: number): void {
    const { readers } = this.#parts;
    for (const subscriber of [...readers]) for (const frame of frames) subscriber.send(frame, upTo);
    for (const frame of frames) readers.sent(frame.length, upTo);
    for (const subscriber of readers.tooSlow()) this.#dropSlow(subscriber);
  }

  #dropSlow(subscriber: Subscriber): void {
    subscriber.close(CLOSE.slowReader.code, CLOSE.slowReader.reason);
    this.#parts.dropped(subscriber);
  }
}

/** What the messages of a batch, the last of them at `head`, have become. */
const numbered = (batch: readonly Pending[], epoch: string, head: number) =>
  batch.map(({ message }, i) => ({ epoch, seq: head - batch.length + 1 + i, ts: message.ts }));

const earliest = (a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : b === undefined ? a : Math.min(a, b));

const sizeOf = ({ data }: Accepted): number => data.length;

/** What JSON may make of a character, and what stands around a message. */
const BYTES_PER_CHARACTER = 6;
const AROUND_BYTES = 512;

/** Splits what is pending into pages that fit a row. */
function groupByRow(batch: readonly Pending[]): Pending[][] {
  const groups: Pending[][] = [];
  let bytes = 0;
  for (const pending of batch) {
    const { data } = pending.message;
    const size = (typeof data === "string" ? data.length * BYTES_PER_CHARACTER : data.byteLength) + AROUND_BYTES;
    const last = groups.at(-1);
    if (last === undefined || bytes + size > LIMITS.pageBytes) {
      groups.push([pending]);
      bytes = size;
    } else {
      last.push(pending);
      bytes += size;
    }
  }
  return groups;
}
