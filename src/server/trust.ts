import type { ChannelRights } from "../domain/access/rights.ts";
import type { WireError } from "../protocol/errors.ts";
import type { GapReason, Position } from "../protocol/messages/session.ts";
import type { ChannelRef, DeviceId, UserId } from "../protocol/names.ts";
import type { OperationName } from "../protocol/operations/catalogue.ts";
import type { BroughtSettings } from "../protocol/settings.ts";

/**
 * What the entry Worker has established and objects believe. It travels in one header of the forwarded upgrade, which the
 * Worker strips from whatever a client sends, and as plain data in RPCs.
 */
export const TRUST_HEADER = "x-wigwag-trust";

/** On a session socket's upgrade, to the UserObject. */
export interface SessionTrust {
  readonly app: string;
  readonly user: UserId;
  readonly device: DeviceId;
  /** What sort of device it is (`web`, `ios`, `iot` …), for the policy newest-per-kind. */
  readonly kind: string;
  /** Random per client instance: a reconnect of the same instance keeps its generation. */
  readonly instance: string;
  readonly keepAliveMs: number;
  /** Among the sockets that this instance opens side by side. */
  readonly attempt?: number | undefined;
  readonly tokenExpiresAt: number;
  /** False where the token's end does not end a live session (006, app-id-only). */
  readonly enforceExpiry: boolean;
  readonly rights: ChannelRights;
  readonly settings: BroughtSettings;
}

/** On a direct socket's upgrade, to the ChannelObject; from a verified ticket. */
export interface ChannelTrust {
  readonly app: string;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly generation: number;
  readonly channel: ChannelRef;
  readonly read: boolean;
  readonly write: boolean;
  readonly keepAliveMs: number;
  readonly attempt?: number | undefined;
  readonly position?: Position;
  readonly brief?: true;
  /** The version of the channel's plan by which the socket comes here. */
  readonly placedBy?: number;
  readonly settings: BroughtSettings;
}

/** On a 421: the channel's plan, of a hub or leaf that is not the place of the user who came. */
export const PLAN_HEADER = "x-wigwag-plan";

/** Who makes a request/response call. */
export type Caller =
  | { readonly kind: "user"; readonly app: string; readonly user: UserId; readonly rights: ChannelRights; readonly device?: DeviceId }
  | { readonly kind: "server"; readonly app: string };

/** One operation, its input already checked against the catalogue's schema. */
export interface Call {
  readonly op: OperationName;
  readonly input: Record<string, unknown>;
  readonly caller: Caller;
  readonly settings: BroughtSettings;
  /** The client id, for a device's messages. */
  readonly id?: number;
  /** REST's Idempotency-Key. */
  readonly idempotencyKey?: string;
}

export type CallReply = { readonly ok: Record<string, unknown> } | { readonly error: WireError };

/** A device whose channel rides on its session socket: the UserObject subscribes in its stead. */
export interface RiderTrust {
  readonly app: string;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly generation: number;
  /** When that session socket was opened: the word that an earlier one is lost may come late. */
  readonly connectedAt: number;
  readonly channel: ChannelRef;
  readonly read: boolean;
  readonly write: boolean;
  readonly position?: Position;
  readonly settings: BroughtSettings;
}

export interface RiderJoined {
  readonly stream: string;
  readonly epoch: string;
  readonly seq: number;
  readonly recovered?: boolean;
  readonly reason?: GapReason;
  readonly members: number;
  /** Frames that bring the rider from its position to `head`, oldest first. */
  readonly frames: readonly (string | Uint8Array)[];
}

/** From a user's object to a channel it joined: admissions of that user (and device) up to this generation are good no longer. */
export interface Revocation {
  readonly user: UserId;
  readonly device?: DeviceId;
  readonly generation: number;
  readonly reason: "logout" | "kick" | "replaced" | "rights";
  /** With reason `rights`: what is left. */
  readonly read?: boolean;
  readonly write?: boolean;
}
