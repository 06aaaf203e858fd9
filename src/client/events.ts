import type { StreamMessage } from "../protocol/messages/message.ts";
import type { ChannelAttribute, Notice, UserPresence } from "../protocol/messages/notice.ts";
import type { DeviceId, UserId } from "../protocol/names.ts";
import type { WigwagError } from "./error.ts";
import type { Gap } from "./stream-reader.ts";

/** What the service tells a user outside any stream or channel. */
export type UserNotice = Exclude<Notice, { channel: unknown }>;

/** What no event of the core speaks of. */
export type ModuleNotice =
  | Exclude<UserNotice, { name: "presence.changed" | "token.will-expire" | "inbox.truncated" }>
  | Extract<Notice, { name: "channel.metadata" | "room.event" | "room.directed" }>;

/** What a client and its channels tell. */
export type ClientState = "connecting" | "connected" | "reconnecting" | "closed";
export type ChannelState = "joining" | "joined" | "reconnecting" | "closed";

export interface StateChange<State> {
  readonly state: State;
  readonly previous: State;
  readonly reason: string;
  /** The close code of the socket, where one brought this about. */
  readonly code?: number;
}

export interface PeerMessage {
  readonly from: UserId;
  readonly device: DeviceId;
  /** With `from` and `device` it names the message for ever. */
  readonly id: number;
  readonly ts: number;
  readonly data: string | Uint8Array;
  readonly customType?: string;
  /** It waited in the inbox; not told of one that bridged a short absence. */
  readonly waited: boolean;
  /** It is kept in the receiver's history. */
  readonly stored?: true;
  /** On a copy of what another device of this user sent: whom it went to. */
  readonly to?: UserId;
}

export type ChannelMessage = StreamMessage;

export interface ClientEvents {
  message: PeerMessage;
  state: StateChange<ClientState>;
  presence: { readonly users: readonly UserPresence[] };
  "token-will-expire": { readonly expiresAt: number };
  /** The inbox overflowed: messages with these numbers are lost. */
  truncated: { readonly from: number; readonly to: number };
  /** What no other event speaks of, for modules that build on the client. */
  notice: ModuleNotice;
  /** Faults that belong to no call: a listener that threw, a malformed frame, a token that could not be had. */
  error: Error;
}

export interface ChannelEvents {
  /** Own messages, too: a sender is told its place among the others. */
  message: ChannelMessage;
  joined: { readonly users: readonly UserId[] };
  left: { readonly users: readonly UserId[] };
  count: { readonly count: number };
  /** All attributes of the channel, after a change. */
  attributes: { readonly attributes: readonly ChannelAttribute[] };
  /** The members as they are, after a fault of the service. */
  members: { readonly users: readonly UserId[]; readonly count: number };
  /** Messages that will not come. */
  gap: Gap;
  closed: { readonly reason: string; readonly code?: number; readonly error?: WigwagError };
  state: StateChange<ChannelState>;
}
