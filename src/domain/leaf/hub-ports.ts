import type { WireError } from "../../protocol/errors.ts";
import type { Result } from "../../util/result.ts";
import type { Published } from "../channel/broadcast.ts";
import type { CountedMembers } from "../channel/counted.ts";
import type { Presence } from "../channel/members.ts";
import type { Subscriber } from "../channel/ports.ts";
import type { Readers } from "../channel/readers.ts";
import type { FanOutLimits, FanOutPlan } from "../channel/relay-plan.ts";
import type { Log, RecoveryWindow } from "../stream/log.ts";
import type { ChildName } from "./children.ts";
import type { ChannelState, LeafPublish, Listed, Look, Push, PushAnswer } from "./messages.ts";

export type HubDeadline = "sync" | "plan" | "names";

export interface HubPorts<Settings = unknown> {
  now(): number;
  random(): number;
  /** One call to a leaf or relay. A call that fails may have been carried out. */
  call(child: ChildName, push: Push<Settings>): Promise<PushAnswer>;
  /** Asks a leaf for users that are there. */
  look(leaf: ChildName, look: Look): Promise<readonly Listed[]>;
  background(work: Promise<void>): void;
  pause(ms: number): Promise<void>;
  plan(): FanOutPlan;
  keepPlan(plan: FanOutPlan): void;
  settings(): Settings;
  /** Random for this life of the object. */
  life(): string;
  limits(): FanOutLimits;
  deadline(name: HubDeadline, at: number | undefined): void;
}

/** What the hub asks of its channel, which alone decides. */
export interface HubChannel {
  readonly log: Log;
  window(): RecoveryWindow;
  members(): Iterable<Presence>;
  /** Those on leaves that are in no list here. */
  readonly counted: CountedMembers;
  /** Who has to be in the list nevertheless. */
  names(): readonly string[];
  /** Why a user that has come to a leaf, and will be in no list, is sent out again. */
  bars(user: string): string | undefined;
  leaseMs(): number;
  member(user: string, device: string): Presence | undefined;
  /** Users in it. */
  users(): number;
  revocations(): ChannelState["revocations"];
  membersOf(user: string): readonly Presence[];
  /** Sockets and riders on the hub itself. */
  readers(): Readers;
  reader(user: string, device: string): Subscriber | undefined;
  seat(presence: Presence): void;
  lose(user: string, device: string, unclean: boolean): void;
  leave(user: string, device: string): void;
  /** It is no longer in the list, and nobody is told: its leaf counts it. */
  forget(user: string, device: string): void;
  /** Everybody is in the list again, and told so. */
  name(): void;
  /** A socket on the hub whose device has come elsewhere. */
  replaced(subscriber: Subscriber): void;
  /** Closes a socket that should have moved. */
  drop(subscriber: Subscriber): void;
  publish(publish: LeafPublish, done: (result: Result<Published, WireError>) => void): Result<Published, WireError> | undefined;
  settle(): void;
}

export interface HubCounters {
  /** Members asked to move, from the hub or from leaf to leaf. */
  moves: number;
  /** Upgrades that were sent on. */
  redirects: number;
  plans: number;
  /** Calls from leaves, and what they brought. */
  ups: number;
  publishes: number;
  changes: number;
  /** Lists that had to be sent whole. */
  rolls: number;
}
