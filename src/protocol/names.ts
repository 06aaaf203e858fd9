import { utf8Bytes } from "../util/text.ts";
import { LIMITS } from "./limits.ts";

/** Names and their checks, without a schema library, so that the client may use them too. */
export type AppId = string;
export type UserId = string;
export type DeviceId = string;
/** A `room` is a channel with roles, and only what is said by its own operations. */
export type ChannelType = "message" | "stream" | "room";
export interface ChannelRef {
  type: ChannelType;
  name: string;
}

/**
 * A name chosen by users: 1 to 64 bytes of well-formed UTF-8 without control characters. The facades narrow it to
 * their own alphabets; the core keeps one store for all of them.
 */
export function isName(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= LIMITS.nameBytes &&
    value.isWellFormed() &&
    !/\p{Cc}/u.test(value) &&
    utf8Bytes(value) <= LIMITS.nameBytes
  );
}

export const DEVICE_ID = /^[A-Za-z0-9._~-]{1,64}$/;
export const APP_ID = /^[0-9a-f]{32}$/;
/** Random, made by the caller's device. */
export const CALL_ID = /^[0-9a-f]{32}$/;
/** The device of what a server sends with an app's key. No client may connect under it. */
export const SERVER_DEVICE: DeviceId = "server";
export const isDeviceId = (value: unknown): value is DeviceId => typeof value === "string" && DEVICE_ID.test(value);
export const isAppId = (value: unknown): value is AppId => typeof value === "string" && APP_ID.test(value);
export const isChannelType = (value: unknown): value is ChannelType => value === "message" || value === "stream" || value === "room";

/** The stream of what waits for a user's devices. */
export const INBOX = "inbox";

/** The stream of a channel as the wire names it. The type is a fixed word, so the name may hold anything. */
export const channelStream = (channel: ChannelRef): string => `channel:${channel.type}:${channel.name}`;

export function parseChannelStream(stream: string): ChannelRef | undefined {
  const match = /^channel:(message|stream|room):(.+)$/s.exec(stream);
  const type = match?.[1];
  const name = match?.[2];
  return isChannelType(type) && isName(name) ? { type, name } : undefined;
}

/**
 * Request ids of one login start at its generation times this, so that a later login's ids are always higher. Two weeks of
 * 200 requests a second in one login, and a login a second for a year, stay within what JSON keeps exact.
 */
export const IDS_PER_GENERATION = 2 ** 28;
/** A request id, which is also the client id of a message: rising per device, exact in JSON. */
export const isRequestId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
