import type { WireError } from "../../protocol/errors.ts";
import type { Message } from "../../protocol/messages/message.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";

/** A peer message on its way to one user. */
export interface PeerDelivery {
  readonly message: Message;
  /** Devices that are not connected get it when they come back, or if they come back before their lease has ended, or never. */
  readonly ifAbsent: "keep" | "bridge" | "drop";
  /** Into the receiver's history, before anything else. */
  readonly store?: true;
}

/** How many devices have acknowledged a message, and how many copies wait durably. */
export interface Outcome {
  readonly delivered: number;
  readonly waiting: number;
  readonly duplicate?: true;
  /** It is in the receiver's history, whatever becomes of its copies. */
  readonly stored?: true;
}

/** One call from a user's object to another's: what its user has sent there, in order, and what has become of messages that came from there. */
export interface Parcel {
  readonly from: UserId;
  readonly deliveries: readonly PeerDelivery[];
  readonly settlements?: readonly Settlement[];
  /** The life of the receiver's object for which the messages are, and no other. */
  readonly life?: string | undefined;
}

/** What the receiver's object answers at once: settled, or so many copies pushed and the rest waiting. */
export type DeliveryAnswer =
  | { readonly state: "settled"; readonly outcome: Outcome }
  | { readonly state: "pending"; readonly copies: number; readonly waiting: number }
  | { readonly state: "refused"; readonly error: WireError };

/** From one of the lives of the receiver's object. Without answers nothing was taken: it is not the life that was asked. */
export interface DeliveryReply {
  readonly life: string;
  readonly answers?: readonly DeliveryAnswer[];
}

/** (user, device, id) names a message for ever. */
export interface MessageName {
  readonly from: UserId;
  readonly device: DeviceId;
  readonly id: number;
}

/** The later word on a pending message. Not `final`: one more device has it, from an object that no longer knows the rest. */
export interface Settlement extends MessageName {
  readonly delivered: number;
  readonly waiting: number;
  readonly final: boolean;
}

/** Names hold no control characters, so nothing can be confused. */
export const messageKey = ({ from, device, id }: MessageName): string => `${from}\n${device}\n${id}`;

/** What the fields around a payload take in a frame, about. */
const ENVELOPE_BYTES = 256;
/** About what it takes in memory: asked several times for each message, so text counts as its length. */
export const messageBytes = ({ data }: Message): number => (typeof data === "string" ? data.length : data.byteLength) + ENVELOPE_BYTES;
