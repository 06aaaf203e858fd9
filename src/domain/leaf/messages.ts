import type { WireError } from "../../protocol/errors.ts";
import type { Position } from "../../protocol/messages/session.ts";
import type { Published } from "../channel/broadcast.ts";
import type { Publish } from "../channel/intake.ts";
import type { FanOutPlan } from "../channel/relay-plan.ts";
import type { Page } from "../stream/page.ts";
import type { Digest, Seat } from "./roll.ts";

/** What passes between a channel's hub, its relays and its leaves: plain data, for it goes through calls. */

/** Of a page what readers need: its messages, serialised once, at the hub. */
export type PageText = Pick<Page, "first" | "last" | "items" | "bin" | "bytes">;

/** One flush of the hub, or what of a log stands for several. Numbered in the hub's life. */
export interface Part {
  readonly no: number;
  readonly page?: PageText | undefined;
  readonly notices: readonly string[];
  /** Messages that were left out since the one before. */
  readonly skipped?: number | undefined;
}

/** In a control: no user has this name. */
export const EVERYBODY = "";

/** The end of subscriptions of a user's devices, up to a generation. */
export interface Control {
  /** Or everybody. */
  readonly user: string;
  /** Empty: every device. */
  readonly device: string;
  readonly generation: number;
  readonly code: number;
  readonly reason: string;
  /** They keep their lease. */
  readonly comesBack: boolean;
  /** Tickets up to the generation are refused until then. */
  readonly refuseUntil?: number | undefined;
}

/** A notice for some of a leaf's members alone: it stands in no stream. */
export interface Saying {
  readonly users: readonly string[];
  readonly notice: string;
}

/** What a child needs to know of the channel besides its stream. */
export interface ChannelState<Settings = unknown> {
  readonly revocations: readonly { readonly user: string; readonly device: string; readonly generation: number; readonly until: number }[];
  readonly settings: Settings;
  /** Users that are known by name also where members are counted. */
  readonly names?: readonly string[] | undefined;
}

/** From hub or relay to a child. */
export interface Push<Settings = unknown> {
  readonly plan: FanOutPlan;
  /** Of the hub: numbers of parts count in it. */
  readonly life: string;
  readonly epoch: string;
  /** Where the child has to stand to take `parts`. */
  readonly after: number;
  readonly upTo: number;
  /** Whether it is known that the child stands there; otherwise it says where it does. */
  readonly sure: boolean;
  /** What lies between the child and `after` can no longer be had. */
  readonly reset: boolean;
  readonly parts: readonly Part[];
  readonly controls: readonly Control[];
  readonly sayings?: readonly Saying[] | undefined;
  /** Nothing but `controls` and `sayings` counts: it does not come from whoever calls this child with the stream. */
  readonly aside?: boolean | undefined;
  /** With the first call to a child's life, and with a plan it may not have. */
  readonly state?: ChannelState<Settings> | undefined;
  /** Leaves that are to report all their members. */
  readonly roll: readonly number[];
  /** Users in the channel. */
  readonly members: number;
}

/** What a leaf says of itself with every answer. */
export interface LeafState {
  readonly leaf: number;
  readonly life: string;
  readonly sockets: number;
  /** Its relay cannot reach it. */
  readonly gone?: true;
  /** Its members as it believes the hub has them after so many reports; absent while one is on its way. */
  readonly roll?: { readonly digest: Digest; readonly reports: number } | undefined;
  /** In its life. */
  readonly frames: number;
  readonly moves: number;
}

export interface PushAnswer {
  /** Of the child. */
  readonly life: string;
  readonly epoch: string;
  /** Where it stands. */
  readonly seq: number;
  /** The last part of this life of the hub that it has. */
  readonly no: number;
  /** Of a relay: whether all its leaves stand where it does. */
  readonly settled: boolean;
  /** The plan it follows; a newer one than the call's if the caller is one of the past. */
  readonly version: number;
  readonly leaves: readonly LeafState[];
}

/** A message as a leaf's member says it. */
export type LeafPublish = Publish;

/** One member's news, as a leaf reports it. `in`: connected · `lost`: gone without a goodbye · `left`: gone. */
export interface Change {
  readonly user: string;
  readonly device: string;
  readonly generation: number;
  readonly is: "in" | "lost" | "left";
}

export type Report = NamedReport | CountedReport;

export interface NamedReport {
  /** Of the leaf's life. */
  readonly no: number;
  /** The list that `changes` starts from; undefined: they are the whole list. */
  readonly base: Digest | undefined;
  readonly changes: readonly Change[];
  readonly after: Digest;
}

/** Where the plan has members counted: how many users are there, besides those that are known by name. */
export interface CountedReport {
  readonly no: number;
  readonly users: number;
  /** All that are there of those who are known by name; absent: none is. */
  readonly named?: readonly Seat[];
  /** By which list of names (`FanOutPlan.named`); absent: by none. */
  readonly namedBy?: number | undefined;
  /** Of those who were named before: they said goodbye. */
  readonly left?: readonly Seat[];
  /** Of a channel that looks at who comes: users that have come since the report before. */
  readonly came?: readonly string[];
}

/** Asks a leaf for users that are there: a page by name, or these. */
export type Look = { readonly users: readonly string[] } | { readonly after: string | undefined; readonly limit: number };

export interface Listed {
  readonly user: string;
  readonly joinedAt: number;
  /** Of one that was asked for by name. */
  readonly seats?: readonly Pick<Seat, "device" | "generation">[];
}

/** A leaf's word, with a request, where who asks for it sits. */
export interface Voucher {
  readonly leaf: number;
  readonly device: string;
  readonly generation: number;
}

/** From a leaf to the hub. */
export interface Up<Settings = unknown> {
  readonly leaf: number;
  readonly life: string;
  readonly version: number;
  readonly sockets: number;
  readonly publishes: readonly LeafPublish[];
  readonly report?: Report | undefined;
  /** It knows nothing of the channel yet, and waits to be told. */
  readonly register: boolean;
  readonly settings?: Settings | undefined;
}

export interface UpAnswer<Settings = unknown> {
  readonly plan: FanOutPlan;
  readonly life: string;
  readonly members: number;
  /** Answers to publishes that get no echo, by their place in the call. */
  readonly answers: readonly { readonly index: number; readonly answer: { readonly ok: Published } | { readonly error: WireError } }[];
  /** The hub has another list: send the whole. */
  readonly roll: boolean;
  /** Of those who came: they are not let in, and go again. */
  readonly out?: readonly { readonly user: string; readonly reason: string }[];
  /** To one that registers, or has an older plan: the channel, and where this leaf stood last, as far as the hub knows. */
  readonly registered?: { readonly state: ChannelState<Settings>; readonly at: Position; readonly sure: boolean } | undefined;
}

/** What a leaf asks for a member that is further behind than its memory goes. */
export type Missed = { readonly epoch: string; readonly head: number } & (
  | { readonly pages: readonly PageText[] }
  | { readonly reason: "epoch-changed" | "too-old" | "ahead" }
);
