import * as z from "zod";
import { utf8Bytes } from "../util/text.ts";
import { LIMITS } from "./limits.ts";

/**
 * A name chosen by users: 1 to 64 bytes of well-formed UTF-8 without control characters. The facades narrow it to
 * their own alphabets (rtm.md 2.1, 6.1); the core keeps one store for all of them.
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

const name = (what: string) =>
  z
    .string()
    .min(1)
    .max(LIMITS.nameBytes)
    .refine(isName, { error: `${what}: 1 to ${LIMITS.nameBytes} bytes of UTF-8 without control characters` });

export const appId = z.string().regex(/^[0-9a-f]{32}$/, { error: "an app id has 32 hex digits" });
export const userId = name("user id");
export const channelName = name("channel name");
/** Which name space a channel lives in: RTM 2.x tells message and stream channels of one name apart. */
export const channelType = z.enum(["message", "stream"]);
/** Chosen by the client, kept over its restarts. */
export const deviceId = z.string().regex(/^[A-Za-z0-9._~-]{1,64}$/, { error: "a device id has 1 to 64 of A-Z a-z 0-9 . _ ~ -" });

export type AppId = string;
export type UserId = string;
export type DeviceId = string;
export type ChannelType = z.infer<typeof channelType>;
export interface ChannelRef {
  type: ChannelType;
  name: string;
}

export const isDeviceId = (value: unknown): value is string => typeof value === "string" && /^[A-Za-z0-9._~-]{1,64}$/.test(value);
export const isAppId = (value: unknown): value is string => typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
export const isChannelType = (value: unknown): value is ChannelType => value === "message" || value === "stream";

export const INBOX = "inbox";
/** The stream of a channel as the wire names it. The type is a fixed word, so the name may hold anything. */
export const channelStream = (channel: ChannelRef): string => `channel:${channel.type}:${channel.name}`;

export function parseChannelStream(stream: string): ChannelRef | undefined {
  const match = /^channel:(message|stream):([^]+)$/.exec(stream);
  const type = match?.[1];
  const channel = match?.[2];
  return isChannelType(type) && isName(channel) ? { type, name: channel } : undefined;
}

/** What a client id and a request id are: a rising number per device, an integer that JSON keeps exact. */
export const requestId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
export const isRequestId = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
/** Request ids of one login start at its generation times this. */
export const IDS_PER_GENERATION = 2 ** 32;
export const seq = z.int().min(0);
/** 64 random bits as 16 hex digits. */
export const epoch = z.string().regex(/^[0-9a-f]{16}$/);
