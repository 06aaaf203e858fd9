import type { Entry } from "../../src/domain/attributes.ts";
import type { Outcome } from "../../src/domain/channel/broadcast.ts";
import { Channel } from "../../src/domain/channel/channel.ts";
import type { GateCheck } from "../../src/domain/channel/gate.ts";
import type { Publish } from "../../src/domain/channel/intake.ts";
import type { Presence, RosterStore } from "../../src/domain/channel/members.ts";
import { Pace } from "../../src/domain/channel/pace.ts";
import {
  type Answer,
  type ChannelDeadline,
  type ChannelLimits,
  type ChannelOptions,
  type ChannelPorts,
  type ChannelStateStore,
  type CountedState,
  type Revocation,
  STANDING_DEADLINES,
  type Subscriber,
} from "../../src/domain/channel/ports.ts";
import type { HubPorts } from "../../src/domain/leaf/hub-ports.ts";
import type { Metadata } from "../../src/domain/metadata.ts";
import type { LogMeta, LogStore, PageSummary } from "../../src/domain/stream/log-store.ts";
import type { Page, WriterFloor } from "../../src/domain/stream/page.ts";
import { inFull } from "../../src/protocol/brief.ts";
import { wireError } from "../../src/protocol/errors.ts";
import type { Frame } from "../../src/protocol/frame.ts";
import { decodeFrame } from "../../src/protocol/frame.ts";

/** The log in memory: the twin of the SQLite one. Counts the rows it writes. */
export class MemoryLogStore implements LogStore {
  rows = 0;
  /** It takes no page more. */
  full = false;
  #meta: LogMeta | undefined;
  readonly #slots = new Map<number, { page: Page; floors: readonly WriterFloor[] }>();

  meta(): LogMeta | undefined {
    return this.#meta;
  }
  setMeta(meta: LogMeta): void {
    this.rows += 1;
    this.#meta = { ...meta };
  }
  summaries(): PageSummary[] {
    const all = [...this.#slots].map(([slot, { page, floors }]) => {
      const { items: _items, bin: _bin, ...summary } = page;
      return structuredClone({ ...summary, slot, floors });
    });
    return all.sort((a, b) => a.first - b.first);
  }
  page(slot: number): Page | undefined {
    return structuredClone(this.#slots.get(slot)?.page);
  }
  put(slot: number, page: Page, floors: readonly WriterFloor[]): void {
    if (this.full) throw new Error("database or disk is full: SQLITE_FULL");
    this.rows += 1;
    this.#slots.set(slot, structuredClone({ page, floors }));
  }
  clear(): void {
    this.#slots.clear();
    this.#meta = undefined;
  }
}

export class MemoryRosterStore implements RosterStore {
  rows = 0;
  readonly #chunks = new Map<number, readonly Presence[]>();

  chunks(): Presence[][] {
    return [...this.#chunks.values()].map((members) => structuredClone([...members]));
  }
  putChunk(chunk: number, members: readonly Presence[]): void {
    this.rows += 1;
    if (members.length === 0) this.#chunks.delete(chunk);
    else this.#chunks.set(chunk, structuredClone(members));
  }
  clear(): void {
    this.#chunks.clear();
  }
}

export class MemoryChannelStateStore implements ChannelStateStore {
  #attributes: [string, Entry][] = [];
  #metadata: Metadata | undefined;
  #options: ChannelOptions | undefined;
  #counted: CountedState | undefined;
  #revocations: Revocation[] = [];
  readonly #answers = new Map<string, Answer>();

  attributes(): [string, Entry][] {
    return structuredClone(this.#attributes);
  }
  setAttributes(entries: readonly [string, Entry][]): void {
    this.#attributes = structuredClone([...entries]);
  }
  metadata(): Metadata | undefined {
    return structuredClone(this.#metadata);
  }
  setMetadata(metadata: Metadata): void {
    this.#metadata = structuredClone(metadata);
  }
  options(): ChannelOptions | undefined {
    return this.#options;
  }
  setOptions(options: ChannelOptions): void {
    this.#options = options;
  }
  counted(): CountedState | undefined {
    return structuredClone(this.#counted);
  }
  setCounted(counted: CountedState): void {
    this.#counted = structuredClone(counted);
  }
  revocations(): Revocation[] {
    return [...this.#revocations];
  }
  addRevocation(revocation: Revocation): void {
    const { user, device } = revocation;
    const known = this.#revocations.find((one) => one.user === user && one.device === device);
    const generation = Math.max(revocation.generation, known?.generation ?? 0);
    const until = Math.max(revocation.until, known?.until ?? 0);
    this.#revocations = [...this.#revocations.filter((one) => one !== known), { user, device, generation, until }];
  }
  dropRevocations(before: number): void {
    this.#revocations = this.#revocations.filter((one) => one.until >= before);
  }
  answer(key: string): Answer | undefined {
    return this.#answers.get(key);
  }
  keepAnswer(key: string, answer: Answer): void {
    this.#answers.set(key, answer);
  }
  dropAnswers(before: number): void {
    for (const [key, answer] of this.#answers) if (answer.ts < before) this.#answers.delete(key);
  }
  clear(): void {
    this.#attributes = [];
    this.#counted = undefined;
    this.#answers.clear();
  }
}

type Message = Record<string, unknown>;

/** A subscriber that keeps what it was sent. */
export class Reader implements Subscriber {
  readonly user: string;
  readonly device: string;
  readonly via: Subscriber["via"];
  readonly generation = 1;
  readonly brief: boolean;
  write = true;
  expires: number | undefined;
  closed: { code: number; reason: string } | undefined;
  readonly frames: Frame[] = [];

  constructor(user: string, device = "d1", via: Subscriber["via"] = "socket", brief = false) {
    this.user = user;
    this.device = device;
    this.via = via;
    this.brief = brief;
  }
  send(frame: Frame): void {
    this.frames.push(frame);
  }
  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }
  expiresAt(): number | undefined {
    return this.expires;
  }
  messages(): Message[] {
    return this.frames.flatMap((frame) => messagesOf(frame));
  }
  /** The channel's messages, where it reads them in short. */
  inFull(): unknown[] {
    return this.messages().flatMap((message) => (message.type === "events" ? (inFull(message.items as unknown[]) ?? []) : []));
  }
  /** Payloads of the channel's messages, in the order they came. */
  data(): unknown[] {
    return this.messages().flatMap((message) => (message.type === "events" ? (message.items as Message[]).map((item) => item.data) : []));
  }
  notices(name: string): Message[] {
    return this.messages().filter((message) => message.type === "notice" && message.name === name);
  }
}

export function messagesOf(frame: Frame): Message[] {
  const decoded = decodeFrame(typeof frame === "string" ? frame : frame.slice().buffer);
  if (!decoded.ok) throw new Error(decoded.error.message);
  return decoded.value;
}

export const LIMITS_OF_A_TEST: ChannelLimits = {
  recoveryMs: 120_000,
  recoveryMessages: 1000,
  leaseMs: 30_000,
  emptyMs: 300_000,
  exportDelayMs: 5_000,
  history: true,
};

const COMMIT_MS = 1;

/** A channel on a clock of its own, which may lose its object at any moment. */
export class ChannelHarness {
  now = 1_000_000;
  readonly log = new MemoryLogStore();
  readonly roster = new MemoryRosterStore();
  readonly state = new MemoryChannelStateStore();
  readonly deadlines = new Map<ChannelDeadline, number>();
  limits: ChannelLimits;
  channel: Channel;
  #epochs = 0;
  #wakeAt: number | undefined;
  #commits: { at: number; done: () => void }[] = [];
  /** What the channel could not write. */
  readonly failures: unknown[] = [];
  /** Known by name where members are counted; may not be in; are in no longer. */
  names: readonly string[] = [];
  barred: ReadonlySet<string> = new Set();
  readonly gone: string[] = [];
  readonly #check: GateCheck | undefined;
  readonly #fanOut: HubPorts | undefined;
  readonly pace: Pace;

  /** `fanOut`: it may have leaves. */
  constructor(limits: Partial<ChannelLimits> = {}, check?: GateCheck, pace = new Pace(), fanOut?: HubPorts) {
    this.pace = pace;
    this.#fanOut = fanOut;
    this.limits = { ...LIMITS_OF_A_TEST, ...limits };
    this.#check = check;
    this.channel = this.#start([]);
  }

  join(user: string, device = "d1", position?: { epoch: string; seq: number }, brief = false): Reader & { joined: ReturnType<Channel["join"]> } {
    const reader = new Reader(user, device, "socket", brief);
    const joined = this.channel.join(reader, position);
    return Object.assign(reader, { joined });
  }

  publish(from: string, id: number, data: string | Uint8Array, more: Partial<Publish> = {}, outcome: Outcome = {}) {
    const answer = this.channel.publish({ device: "d1", ...more, from, id, data }, outcome);
    this.channel.settle();
    return answer;
  }

  /** Lets time pass, timer and deadlines with it. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const dues = [...this.deadlines].map(([name, at]) => ({ name, at }));
      const next = Math.min(this.#wakeAt ?? Number.POSITIVE_INFINITY, ...dues.map(({ at }) => at), ...this.#commits.map(({ at }) => at));
      if (next > end) break;
      this.now = Math.max(this.now, next);
      const committed = this.#commits.filter(({ at }) => at <= this.now);
      this.#commits = this.#commits.filter(({ at }) => at > this.now);
      for (const { done } of committed) done();
      if (this.#wakeAt !== undefined && this.#wakeAt <= this.now) {
        this.#wakeAt = undefined;
        this.channel.wake();
      }
      for (const { name, at } of dues) {
        if (at > this.now) continue;
        this.deadlines.delete(name);
        if (this.channel.due(name).empty) this.forget();
      }
    }
    this.now = end;
  }

  /** The object is lost with its memory and timer; those given are still connected, as after hibernation. */
  lose(connected: readonly Subscriber[] = []): void {
    this.#wakeAt = undefined;
    this.#commits = [];
    this.channel = this.#start(connected);
  }

  forget(): void {
    this.log.clear();
    this.roster.clear();
    this.state.clear();
    this.channel = this.#start([]);
  }

  #start(connected: readonly Subscriber[]): Channel {
    const ports: ChannelPorts = {
      log: this.log,
      roster: this.roster,
      state: this.state,
      now: () => this.now,
      newEpoch: () => (++this.#epochs).toString(16).padStart(16, "0"),
      afterCommit: (done) => {
        this.#commits.push({ at: this.now + COMMIT_MS, done });
      },
      wakeIn: (ms) => {
        this.#wakeAt = Math.min(this.#wakeAt ?? Number.POSITIVE_INFINITY, this.now + ms);
      },
      deadline: (name, at) => {
        const standing = STANDING_DEADLINES.has(name) ? (this.deadlines.get(name) ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
        if (at === undefined) this.deadlines.delete(name);
        else this.deadlines.set(name, Math.min(at, standing));
      },
      pace: this.pace,
      fanOut: this.#fanOut,
      names: () => this.names,
      bars: (user) => (this.barred.has(user) ? wireError("forbidden", { message: "not this one" }) : undefined),
      membersChanged: ({ gone }) => void this.gone.push(...gone),
      failed: (error) => this.failures.push(error),
    };
    return new Channel({ type: "message", name: "lobby" }, ports, this.limits, connected, this.#check);
  }
}
