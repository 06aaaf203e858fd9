import { CLOSE } from "../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { Frame } from "../../protocol/frame.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ChannelAttribute, Notice } from "../../protocol/messages/notice.ts";
import type { GapReason, Position } from "../../protocol/messages/session.ts";
import { type ChannelRef, channelStream } from "../../protocol/names.ts";
import { type Payload, payloadBytes } from "../../protocol/payload.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type AttributeChange, changeAttributes, type Entry, pickAttributes } from "../attributes.ts";
import { pageFrame, replayFrames } from "./event-frame.ts";
import { flushDelay } from "./flush-window.ts";
import { Gate, type GateCheck } from "./gate.ts";
import { Log } from "./log.ts";
import { Members, type Presence } from "./members.ts";
import { type Accepted, type Page, writerKey } from "./page.ts";
import type { ChannelDeadline, ChannelOptions, ChannelPorts, Revocation, Subscriber } from "./ports.ts";
import { Readers } from "./readers.ts";

/** What an app's settings say about channels. */
export interface ChannelLimits {
  readonly recoveryMs: number;
  readonly recoveryMessages: number;
  readonly leaseMs: number;
  readonly emptyMs: number;
  readonly exportDelayMs: number;
  /** Whether messages may be stored at all. */
  readonly history: boolean;
}

export interface Publish {
  readonly from: string;
  readonly device: string;
  readonly id: number;
  readonly data: Payload;
  readonly customType?: string | undefined;
  readonly store?: boolean | undefined;
}

export type Published = { readonly epoch: string; readonly seq?: number; readonly ts?: number; readonly duplicate?: true };

export interface Joined {
  readonly stream: string;
  readonly epoch: string;
  readonly seq: number;
  readonly recovered?: boolean;
  readonly reason?: GapReason;
  readonly members: number;
  readonly frames: readonly Frame[];
}

interface Pending {
  readonly message: Accepted;
  readonly done: ((result: Result<Published, WireError>) => void) | undefined;
}

/** Count notices, ms apart (RTM 1.x: one a second, one in three above 512 members). */
const COUNT_EVERY_MS = 1000;
const COUNT_EVERY_LARGE_MS = 3000;
const MEMORY_COMMIT_MS = 1000;
const REPLAY_FRAME_BYTES = 256 * 1024;

/** One channel: its order, its members, its attributes. Decides everything, touches nothing but its ports. */
export class Channel {
  readonly ref: ChannelRef;
  readonly stream: string;
  readonly #ports: ChannelPorts;
  readonly #log: Log;
  readonly #members: Members;
  readonly #readers = new Readers();
  readonly #gate: Gate;
  #limits: ChannelLimits;
  #options: ChannelOptions;
  #attributes: Map<string, Entry>;
  #revocations: Revocation[];

  #pending: Pending[] = [];
  #pendingBytes = 0;
  #notices: string[] = [];
  #lastFlushAt = Number.NEGATIVE_INFINITY;
  #lastTs = 0;
  #flushAt: number | undefined;
  #countTold: number;
  #countToldAt = Number.NEGATIVE_INFINITY;
  #commitAt: number | undefined;
  #sweepArmed = false;
  #emptyWatched = false;
  /** Set when the object started without the sockets of its members: the snapshot that follows is owed. */
  #recovering = false;

  constructor(ref: ChannelRef, ports: ChannelPorts, limits: ChannelLimits, connected: Iterable<Subscriber>, check?: GateCheck) {
    this.ref = ref;
    this.stream = channelStream(ref);
    this.#ports = ports;
    this.#limits = limits;
    this.#gate = new Gate(check);
    this.#log = new Log(ports.log, () => ports.newEpoch());
    this.#members = new Members(ports.roster);
    this.#options = ports.state.options() ?? { log: "durable" };
    this.#attributes = new Map(ports.state.attributes());
    this.#revocations = ports.state.revocations();
    for (const subscriber of connected) this.#readers.add(subscriber);
    this.#countTold = this.#members.users;
    this.#findLost();
    // Heals an alarm that was dropped.
    if (this.#log.hasUnexported) ports.deadline("export", ports.now() + limits.exportDelayMs);
  }

  get members(): number {
    return this.#members.users;
  }
  get epoch(): string {
    return this.#log.epoch;
  }
  get head(): number {
    return this.#log.head;
  }
  get log(): Log {
    return this.#log;
  }
  get presences(): IterableIterator<Presence> {
    return this.#members.devices;
  }

  /** Settings travel with every connect and call; the newest count. */
  configure(limits: ChannelLimits): void {
    this.#limits = limits;
  }

  // ---- joining and leaving

  /** Why a ticket of this generation is not honoured. */
  refusal(user: string, device: string, generation: number): WireError | undefined {
    const revoked = this.#revocations.some((one) => one.user === user && (one.device === "" || one.device === device) && generation <= one.generation);
    if (revoked) return wireError("token_revoked");
    if (this.#readers.size >= LIMITS.socketsPerObject) return wireError("overloaded", { limit: LIMITS.socketsPerObject, message: "the channel is full" });
    return undefined;
  }

  join(subscriber: Subscriber, generation: number, position: Position | undefined): Joined {
    const now = this.#ports.now();
    const resumed = position === undefined ? undefined : this.#log.resume(position, this.#limits);
    const from = resumed?.recovered === true && position !== undefined ? position.seq : this.#log.head;
    const pages: readonly Page[] = resumed?.recovered === true ? resumed.pages : [];
    const frames = replayFrames(this.stream, this.#log.epoch, from, pages, REPLAY_FRAME_BYTES);
    const earlier = this.#readers.add(
      subscriber,
      pages.reduce((sum, page) => sum + page.bytes, 0),
    );
    earlier?.close(CLOSE.goAway.code, "replaced by the same device");
    this.#members.join({ user: subscriber.user, device: subscriber.device, generation, joinedAt: now, via: subscriber.via });
    this.#emptyWatched = false;
    this.#ports.deadline("empty", undefined);
    this.#armSweep(now);
    this.#schedule(now);
    const joined: Joined = { stream: this.stream, epoch: this.#log.epoch, seq: from, members: this.#members.users, frames };
    if (resumed === undefined) return joined;
    return resumed.recovered ? { ...joined, recovered: true } : { ...joined, recovered: false, reason: resumed.reason };
  }

  /** A subscriber's connection ended; on purpose or not. */
  disconnected(subscriber: Subscriber, goodbye: boolean): void {
    if (!this.#readers.remove(subscriber)) return;
    if (goodbye) this.leave(subscriber.user, subscriber.device);
    else this.#lose(subscriber.user, subscriber.device);
  }

  leave(user: string, device: string): void {
    const subscriber = this.#readers.get(user, device);
    if (subscriber !== undefined) {
      this.#readers.remove(subscriber);
      subscriber.close(1000, "left");
    }
    if (this.#members.leave(user, device)) this.#afterLeaving();
  }

  /** A rider's user object no longer knows it. */
  lose(user: string, device: string): void {
    const subscriber = this.#readers.get(user, device);
    if (subscriber !== undefined) this.#readers.remove(subscriber);
    this.#lose(user, device);
  }

  /** Ends the subscriptions of a user's devices up to a generation, and refuses their tickets from now on. `comesBack`: they keep their lease. */
  revoke(revocation: Revocation, close: { code: number; reason: string }, comesBack = false): void {
    this.#ports.state.dropRevocations(this.#ports.now());
    this.#ports.state.addRevocation(revocation);
    this.#revocations = this.#ports.state.revocations();
    for (const presence of this.#members.ofUser(revocation.user)) {
      if (revocation.device !== "" && presence.device !== revocation.device) continue;
      if (presence.generation > revocation.generation) continue;
      const subscriber = this.#readers.get(presence.user, presence.device);
      if (subscriber !== undefined) {
        this.#readers.remove(subscriber);
        subscriber.close(close.code, close.reason);
      }
      if (comesBack) this.#lose(presence.user, presence.device);
      else if (this.#members.leave(presence.user, presence.device)) this.#afterLeaving();
    }
  }

  // ---- publishing

  /**
   * Accepts a message, or answers at once: refused, or a duplicate. An accepted one of a member is answered by its echo;
   * `done` is for those who get none. Call `settle` after the last of a frame.
   */
  publish(publish: Publish, done?: (result: Result<Published, WireError>) => void): Result<Published, WireError> | undefined {
    const known = this.#known(publish);
    if (known !== undefined) return known;
    const refused = this.#refuse(publish);
    if (refused !== undefined) return err(refused);
    this.#lastTs = Math.max(this.#lastTs, this.#ports.now());
    const message: Accepted = {
      from: publish.from,
      device: publish.device,
      id: publish.id,
      ts: this.#lastTs,
      data: publish.data,
      customType: publish.customType,
      stored: publish.store === true,
    };
    let answer: Result<Published, WireError> | undefined;
    let inTurn = true;
    this.#gate.submit(writerKey(publish.from, publish.device), message, (verdict) => {
      if ("pass" in verdict) this.#enqueue({ message: verdict.pass, done });
      else if (inTurn) answer = err(verdict.refuse);
      else done?.(err(verdict.refuse));
      if (!inTurn) this.settle();
    });
    inTurn = false;
    return answer;
  }

  /** An id for a server's message: it has no counter of its own. */
  serverId(from: string, device: string): number {
    const pending = this.#pending.filter(({ message }) => message.from === from && message.device === device);
    return Math.max(this.#log.nextId(from, device, this.#ports.now()), (pending.at(-1)?.message.id ?? 0) + 1);
  }

  /** Sends what was accepted: now if the channel is quiet, with what follows if it is not. */
  settle(): void {
    if (this.#hasWork()) this.#schedule(this.#ports.now());
  }

  acknowledge(subscriber: Subscriber, upTo: number): void {
    this.#readers.acknowledge(subscriber, upTo);
  }

  /** Frames that take a rider on from where its client stands. */
  resume(position: Position): Joined {
    const resumed = this.#log.resume(position, this.#limits);
    const base = { stream: this.stream, epoch: this.#log.epoch, members: this.#members.users };
    if (!resumed.recovered) return { ...base, seq: this.#log.head, recovered: false, reason: resumed.reason, frames: [] };
    return { ...base, seq: position.seq, recovered: true, frames: replayFrames(this.stream, this.#log.epoch, position.seq, resumed.pages, REPLAY_FRAME_BYTES) };
  }

  // ---- attributes and members

  attributes(keys: readonly string[] | undefined): ChannelAttribute[] {
    return pickAttributes(this.#attributes, keys);
  }

  changeAttributes(change: AttributeChange, by: string, notify: boolean): Result<void, WireError> {
    const now = this.#ports.now();
    const changed = changeAttributes(this.#attributes, change, by, now, LIMITS.channelAttributesBytes);
    if (!changed.ok) return changed;
    this.#attributes = new Map(changed.value);
    this.#ports.state.setAttributes([...this.#attributes]);
    if (this.#members.users === 0) this.#armEmpty(now);
    if (notify) {
      this.#tell({ type: "notice", name: "channel.attributes", channel: this.ref, attributes: this.attributes(undefined) });
      this.settle();
    }
    return ok(undefined);
  }

  membersPage(after: string | undefined, limit: number): { members: { user: string; joinedAt: number }[]; next?: string; total: number } {
    return { ...this.#members.page(after, limit), total: this.#members.users };
  }

  /** Changes some options; the answer is all of them. */
  setOptions(change: Partial<ChannelOptions>): ChannelOptions {
    if (change.log === undefined || change.log === this.#options.log) return this.#options;
    const now = this.#ports.now();
    this.#flush(now);
    this.#commitMemory(now);
    this.#options = { ...this.#options, ...change };
    this.#ports.state.setOptions(this.#options);
    return this.#options;
  }

  // ---- time

  /** The timer that `wakeIn` set. */
  wake(): void {
    const now = this.#ports.now();
    if (this.#commitAt !== undefined && now >= this.#commitAt) this.#commitMemory(now);
    if (this.#flushAt !== undefined && now >= this.#flushAt) this.#flush(now);
    else if (this.#countOwed() && now >= this.#countDue()) this.#flush(now);
    this.#arm(now);
  }

  /** A deadline has come. `empty` true: nothing is left of the channel, and its storage may go. */
  due(name: ChannelDeadline): { empty: boolean } {
    const now = this.#ports.now();
    if (name === "lease") this.#endLeases(now);
    if (name === "sweep") this.#sweep(now);
    if (name === "empty") return { empty: this.#isForgotten(now) };
    return { empty: false };
  }

  // ---- inside

  #known(publish: Publish): Result<Published, WireError> | undefined {
    const pending = this.#pending.some(({ message }) => message.id === publish.id && message.device === publish.device && message.from === publish.from);
    if (pending) this.#flush(this.#ports.now());
    const known = this.#log.check(publish.from, publish.device, publish.id);
    if (known.kind === "new") return undefined;
    if (known.kind === "burnt") return err(wireError("burnt"));
    return ok({ epoch: this.#log.epoch, seq: known.seq, ts: known.ts, duplicate: true });
  }

  #refuse(publish: Publish): WireError | undefined {
    const bytes = payloadBytes(publish.data);
    if (bytes > LIMITS.payloadBytes)
      return wireError("too_large", { field: "data", limit: LIMITS.payloadBytes, message: `a message has at most ${LIMITS.payloadBytes} bytes` });
    if (publish.store === true && !this.#limits.history) return wireError("forbidden", { field: "store", message: "history is switched off for this app" });
    if (publish.store === true && this.#log.backlogBytes > LIMITS.exportBacklogBytes) {
      return wireError("unavailable", { field: "store", limit: LIMITS.exportBacklogBytes, retryAfterMs: 10_000, message: "too much waits for history" });
    }
    if (this.#pending.length >= LIMITS.pendingMessages || this.#pendingBytes + bytes > LIMITS.pendingBytes) {
      return wireError("overloaded", { limit: LIMITS.pendingMessages, retryAfterMs: 100, message: "too many messages wait to be sequenced" });
    }
    return undefined;
  }

  #enqueue(pending: Pending): void {
    this.#pending.push(pending);
    this.#pendingBytes += typeof pending.message.data === "string" ? pending.message.data.length : pending.message.data.byteLength;
  }

  #hasWork(): boolean {
    return this.#pending.length > 0 || this.#notices.length > 0 || this.#members.changed || this.#countOwed();
  }

  #schedule(now: number): void {
    const delay = flushDelay(now, this.#lastFlushAt, this.#readers.size, this.#pendingBytes);
    if (delay === 0) this.#flush(now);
    else this.#flushAt ??= now + delay;
    this.#arm(now);
  }

  /** Arms the one timer at the earliest of what is pending. */
  #arm(now: number): void {
    const countDue = this.#countOwed() ? this.#countDue() : undefined;
    const next = [this.#flushAt, this.#commitAt, countDue].reduce(
      (least, at) => (at !== undefined && (least === undefined || at < least) ? at : least),
      undefined,
    );
    if (next !== undefined) this.#ports.wakeIn(Math.max(0, next - now));
  }

  /** Commits and sends everything accepted so far, in one synchronous stretch: what is sent is durable before it leaves. */
  #flush(now: number): void {
    this.#flushAt = undefined;
    if (!this.#hasWork()) return;
    this.#members.save();
    this.#tellChanges(now);
    const batch = this.#pending;
    const notices = this.#notices;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#notices = [];
    if (batch.length === 0 && notices.length === 0) return;
    this.#lastFlushAt = now;
    let rest: readonly string[] = notices;
    for (const group of groupBatch(batch)) {
      this.#sendPage(
        this.#append(
          group.map(({ message }) => message),
          now,
        ),
        rest,
      );
      rest = [];
    }
    if (rest.length > 0) this.#sendAll(pageFrame(this.stream, this.#log.epoch, undefined, rest), 0);
    for (const subscriber of this.#readers.tooSlow()) this.#endSlow(subscriber);
    this.#answer(batch);
  }

  #append(batch: readonly Accepted[], now: number): Page {
    const stored = batch.some((message) => message.stored);
    if (this.#options.log === "memory" && !stored && !this.#log.hasUnexported) {
      this.#commitAt ??= now + MEMORY_COMMIT_MS;
      this.#watchEmpty(now);
      return this.#log.appendInMemory(batch, now);
    }
    this.#commitMemory(now);
    const page = this.#log.append(batch, now, this.#limits);
    this.#watchEmpty(now);
    if (page.stored) this.#ports.deadline("export", now + this.#limits.exportDelayMs);
    return page;
  }

  #commitMemory(now: number): void {
    this.#commitAt = undefined;
    if (this.#log.uncommitted) this.#log.commitMemory(now, this.#limits);
  }

  #sendPage(page: Page, notices: readonly string[]): void {
    this.#sendAll(pageFrame(this.stream, this.#log.epoch, page, notices), page.last);
  }

  #sendAll(frame: Frame, upTo: number): void {
    for (const subscriber of this.#readers) subscriber.send(frame);
    this.#readers.sent(typeof frame === "string" ? frame.length : frame.byteLength, upTo === 0 ? this.#log.head : upTo);
  }

  #answer(batch: readonly Pending[]): void {
    let seq = this.#log.head - batch.length;
    for (const { message, done } of batch) {
      seq += 1;
      done?.(ok({ epoch: this.#log.epoch, seq, ts: message.ts }));
    }
  }

  #endSlow(subscriber: Subscriber): void {
    this.#readers.remove(subscriber);
    subscriber.close(CLOSE.slowReader.code, CLOSE.slowReader.reason);
    this.#lose(subscriber.user, subscriber.device);
  }

  #tell(notice: Notice): void {
    this.#notices.push(JSON.stringify(notice));
  }

  #tellChanges(now: number): void {
    const { joined, left } = this.#members.takeChanges();
    // RTM 1.x: above 512 members only the count is told.
    if (this.#members.users <= LIMITS.presenceEventMembers) {
      if (joined.length > 0) this.#tell({ type: "notice", name: "channel.joined", channel: this.ref, users: joined });
      if (left.length > 0) this.#tell({ type: "notice", name: "channel.left", channel: this.ref, users: left });
    }
    if (!this.#countOwed() || now < this.#countDue()) return;
    this.#tell({ type: "notice", name: "channel.count", channel: this.ref, count: this.#members.users });
    this.#countTold = this.#members.users;
    this.#countToldAt = now;
  }

  #countOwed(): boolean {
    return this.#countTold !== this.#members.users && this.#readers.size > 0;
  }

  #countDue(): number {
    return this.#countToldAt + (this.#members.users > LIMITS.presenceEventMembers ? COUNT_EVERY_LARGE_MS : COUNT_EVERY_MS);
  }

  #lose(user: string, device: string): void {
    const now = this.#ports.now();
    this.#members.lose(user, device, now);
    this.#members.save();
    this.#ports.deadline("lease", this.#members.nextExpiry(this.#limits.leaseMs));
  }

  #afterLeaving(): void {
    const now = this.#ports.now();
    if (this.#members.users === 0) this.#armEmpty(now);
    this.#schedule(now);
  }

  #armEmpty(now: number): void {
    this.#emptyWatched = true;
    this.#ports.deadline("empty", now + this.#emptyMs());
  }

  #emptyMs(): number {
    return Math.max(this.#limits.recoveryMs, this.#limits.emptyMs);
  }

  /** A channel that is only published to has no member whose leaving would arm this: once per life of the object, not per message. */
  #watchEmpty(now: number): void {
    if (this.#members.users === 0 && !this.#emptyWatched) this.#armEmpty(now);
  }

  #endLeases(now: number): void {
    for (const { user, device } of this.#members.expired(now, this.#limits.leaseMs)) this.#members.leave(user, device);
    if (this.#recovering) {
      this.#recovering = false;
      this.#tellSnapshot();
    }
    this.#ports.deadline("lease", this.#members.nextExpiry(this.#limits.leaseMs));
    if (this.#members.users === 0) this.#armEmpty(now);
    this.#schedule(now);
  }

  #tellSnapshot(): void {
    const count = this.#members.users;
    const users = count <= LIMITS.presenceEventMembers ? this.#members.userIds() : [];
    this.#tell({ type: "notice", name: "channel.members", channel: this.ref, users, count });
  }

  /** Closes sockets that have been silent for their whole lease; the platform may not have noticed that they are gone. */
  #sweep(now: number): void {
    this.#sweepArmed = false;
    for (const subscriber of [...this.#readers]) {
      const expires = subscriber.expiresAt();
      if (expires === undefined || expires > now) continue;
      this.#readers.remove(subscriber);
      subscriber.close(CLOSE.idle.code, CLOSE.idle.reason);
      if (this.#members.leave(subscriber.user, subscriber.device)) this.#afterLeaving();
    }
    this.#armSweep(now);
  }

  /** Nobody learns of silence in a channel of one, so nobody watches for it. */
  #armSweep(now: number): void {
    if (this.#sweepArmed || this.#members.users < 2) return;
    let next = Number.POSITIVE_INFINITY;
    for (const subscriber of this.#readers) next = Math.min(next, subscriber.expiresAt() ?? Number.POSITIVE_INFINITY);
    if (next === Number.POSITIVE_INFINITY) return;
    this.#sweepArmed = true;
    this.#ports.deadline("sweep", Math.max(next, now + 1));
  }

  /** Members without a connection after a start: the object was lost with their sockets. They have one lease to come back. */
  #findLost(): void {
    const now = this.#ports.now();
    for (const presence of [...this.#members.devices]) {
      if (presence.goneAt !== undefined || this.#readers.get(presence.user, presence.device) !== undefined) continue;
      this.#members.lose(presence.user, presence.device, now);
      this.#recovering = true;
    }
    this.#members.save();
    // Also of those who were lost before: the object may have gone between taking the deadline away and doing what was due.
    const next = this.#members.nextExpiry(this.#limits.leaseMs);
    if (next !== undefined) this.#ports.deadline("lease", next);
  }

  #isForgotten(now: number): boolean {
    this.#emptyWatched = false;
    if (this.#members.users > 0) return false;
    const inUse = this.#pending.length > 0 || (this.#log.lastAt ?? Number.NEGATIVE_INFINITY) > now - this.#emptyMs();
    // History first: the log is its outbox.
    if (!inUse && !this.#log.hasUnexported) return true;
    this.#armEmpty(now);
    return false;
  }
}

/** Splits what is pending into pages that fit a row. */
function groupBatch(batch: readonly Pending[]): Pending[][] {
  const groups: Pending[][] = [];
  let bytes = 0;
  for (const pending of batch) {
    const size = (typeof pending.message.data === "string" ? pending.message.data.length * 3 : pending.message.data.byteLength) + 512;
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
