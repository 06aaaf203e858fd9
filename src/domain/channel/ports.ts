import type { WireError } from "../../protocol/errors.ts";
import type { Frame } from "../../protocol/frame.ts";
import type { Entry } from "../attributes.ts";
import type { HubPorts } from "../leaf/hub-ports.ts";
import type { Metadata } from "../metadata.ts";
import type { LogStore } from "../stream/log-store.ts";
import type { PresenceChange, RosterStore } from "./members.ts";
import type { Pace } from "./pace.ts";

/** One who gets a channel's frames: a local socket, or a user object on behalf of a device. */
export interface Subscriber {
  readonly user: string;
  readonly device: string;
  /** `deviceKey` of both, where it is at hand. */
  readonly key?: string | undefined;
  /** Of its login; a revocation reaches up to one. */
  readonly generation: number;
  /** Whether it may publish. */
  readonly write: boolean;
  readonly via: "socket" | "rider";
  /** When its connection was made, where that is known. */
  readonly acceptedAt?: number | undefined;
  /** Where the device opened several sockets side by side: one of a higher number replaces it. */
  readonly attempt?: number | undefined;
  /** Whether it reads items in short. */
  readonly brief?: boolean | undefined;
  /** `upTo`: how far the stream reaches for who has read the frame. */
  send(frame: Frame, upTo: number): void;
  close(code: number, reason: string): void;
  /** When its silence ends its presence; undefined where somebody else watches over it. */
  expiresAt(): number | undefined;
}

/** The small state of a channel: each entry one row. */
export interface ChannelStateStore {
  attributes(): [string, Entry][];
  setAttributes(entries: readonly [string, Entry][]): void;
  metadata(): Metadata | undefined;
  setMetadata(metadata: Metadata): void;
  /** As they were set; options that came later are missing in earlier ones. */
  options(): Partial<ChannelOptions> | undefined;
  setOptions(options: ChannelOptions): void;
  counted(): CountedState | undefined;
  setCounted(counted: CountedState): void;
  revocations(): Revocation[];
  addRevocation(revocation: Revocation): void;
  dropRevocations(before: number): void;
  /** The answer given to an Idempotency-Key, and its keeping. */
  answer(key: string): Answer | undefined;
  keepAnswer(key: string, answer: Answer): void;
  dropAnswers(before: number): void;
  /** Forgets what lives as long as the channel: attributes and answers, not the options and metadata. */
  clear(): void;
}

/** What a channel whose members are counted knows of them. */
export interface CountedState {
  /** Users on each leaf. */
  readonly leaves: readonly (readonly [leaf: number, users: number])[];
  /** From when on members are told by name who comes and goes; undefined: not before all are named again. */
  readonly namesFrom?: number | undefined;
}

export interface Answer {
  readonly epoch: string;
  readonly seq: number;
  readonly ts: number;
}

export interface ChannelOptions {
  /** `memory` gives durability up for rows: cursors, positions, telemetry. */
  readonly log: "durable" | "memory";
  /** How often each reader gets an update of one key; 0: as often as it is published. */
  readonly updatesPerSecond: number;
}

export const DEFAULT_OPTIONS: ChannelOptions = { log: "durable", updatesPerSecond: 0 };

/** What an app's settings say about channels. */
export interface ChannelLimits {
  readonly recoveryMs: number;
  readonly recoveryMessages: number;
  readonly leaseMs: number;
  readonly emptyMs: number;
  readonly exportDelayMs: number;
  /** Whether messages may be stored at all. */
  readonly history: boolean;
  /** Whether the app's servers hear who comes and goes. */
  readonly reported?: boolean;
}

/** Tickets of a user (or one device) up to a generation that are no longer honoured. */
export interface Revocation {
  readonly user: string;
  /** Empty: every device. */
  readonly device: string;
  readonly generation: number;
  /** Tickets issued before have run out by then. */
  readonly until: number;
}

/** The moment a rider's subscription was last confirmed ends this much later, unless confirmed again. */
export const RIDER_LEASE_MS = 90_000;

/** Named deadlines over the object's one alarm; they survive the object. */
export type ChannelDeadline = "lease" | "sweep" | "empty" | "export" | "sync" | "plan" | "names";

/** Of these an earlier one stands: a new life of the object, which wants it anew, must not put off what the one before has left to do. */
export const STANDING_DEADLINES: ReadonlySet<string> = new Set<ChannelDeadline>(["export", "sweep", "sync"]);

export interface ChannelPorts {
  readonly log: LogStore;
  readonly roster: RosterStore;
  readonly state: ChannelStateStore;
  now(): number;
  newEpoch(): string;
  /** Calls back when everything written so far is durable. One flush at a time: what arrives meanwhile goes in the next. */
  afterCommit(done: () => void): void;
  /** Calls the channel's `wake` after so many ms; one at a time, the last call counts. Only set while work is pending. */
  wakeIn(ms: number): void;
  /**
   * Users came or went. In the turn that writes the list of members: what is written here is committed with it. `isNamed`: these are
   * all; else those that stand in the list.
   */
  membersChanged?(change: PresenceChange, isNamed: boolean): void;
  /** Why a user is not let in, where not the ticket alone decides. */
  refuses?(user: string): WireError | undefined;
  /** Why a user may not be in, however many there are: asked where members are counted. */
  bars?(user: string): WireError | undefined;
  /** Users that stand in the list also where members are counted: a few. */
  names?(): readonly string[];
  /** Moves a deadline, or takes it away; of `STANDING_DEADLINES` an earlier one stands. */
  deadline(name: ChannelDeadline, at: number | undefined): void;
  /** Shared with the other channels of the isolate. */
  readonly pace: Pace;
  /** What a channel needs to grow beyond its object. */
  readonly fanOut?: HubPorts | undefined;
  /** Messages could not be written, and were refused. */
  failed?(error: unknown): void;
}
