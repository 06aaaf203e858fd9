import { LIMITS } from "../limits.ts";
import type { Ack, Received } from "../messages/request.ts";
import { isChannelType, isName, isRequestId } from "../names.ts";
import { payloadBytes } from "../payload.ts";
import { isPriority, isUpdateKey } from "../publish-guard.ts";
import type { InputOf } from "./catalogue.ts";

/**
 * What comes once per message, checked by hand at a tenth of the schema's cost. True exactly where the
 * schema accepts and no `from` stands; on false the schema says why.
 */
export function isPeerSend(input: Record<string, unknown>): input is InputOf<"peer.send"> & Record<string, unknown> {
  return (
    onlyKeys(input, PEER_SEND_KEYS) &&
    isName(input.to) &&
    isContent(input) &&
    (input.ifAbsent === undefined || input.ifAbsent === "keep" || input.ifAbsent === "bridge" || input.ifAbsent === "drop") &&
    isFlag(input.sync) &&
    isFlag(input.store) &&
    isFollows(input.follows)
  );
}

export function isChannelPublish(input: Record<string, unknown>): input is InputOf<"channel.publish"> & Record<string, unknown> {
  const { channel } = input;
  return (
    onlyKeys(input, PUBLISH_KEYS) &&
    typeof channel === "object" &&
    channel !== null &&
    onlyKeys(channel, CHANNEL_KEYS) &&
    "type" in channel &&
    isChannelType(channel.type) &&
    "name" in channel &&
    isName(channel.name) &&
    isContent(input) &&
    isFlag(input.store) &&
    (input.key === undefined || isUpdateKey(input.key)) &&
    (input.priority === undefined || isPriority(input.priority)) &&
    isFollows(input.follows)
  );
}

/** The two receipts, which come nearly as often. */
export function isAck(message: Record<string, unknown>): message is Ack & Record<string, unknown> {
  const { type, stream, upTo } = message;
  return (
    onlyKeys(message, ACK_KEYS) &&
    type === "ack" &&
    typeof stream === "string" &&
    stream.length <= STREAM_CHARS &&
    Number.isSafeInteger(upTo) &&
    Number(upTo) >= 0
  );
}

export function isReceived(message: Record<string, unknown>): message is Received & Record<string, unknown> {
  const { type, messages } = message;
  return (
    onlyKeys(message, RECEIVED_KEYS) && type === "received" && Array.isArray(messages) && messages.length <= RECEIVED_MESSAGES && messages.every(isMessageName)
  );
}

const isMessageName = (name: unknown): boolean =>
  Array.isArray(name) && name.length === 3 && typeof name[0] === "string" && typeof name[1] === "string" && isRequestId(name[2]);

const ACK_KEYS: ReadonlySet<string> = new Set(["type", "stream", "upTo"]);
const STREAM_CHARS = 128;
const RECEIVED_KEYS: ReadonlySet<string> = new Set(["type", "messages"]);
const RECEIVED_MESSAGES = 1024;

const PEER_SEND_KEYS: ReadonlySet<string> = new Set(["to", "data", "customType", "ifAbsent", "sync", "store", "follows"]);
const PUBLISH_KEYS: ReadonlySet<string> = new Set(["channel", "data", "customType", "store", "key", "priority", "follows"]);
const CHANNEL_KEYS: ReadonlySet<string> = new Set(["type", "name"]);

function onlyKeys(value: object, keys: ReadonlySet<string>): boolean {
  for (const key of Object.keys(value)) if (!keys.has(key)) return false;
  return true;
}

function isContent({ data, customType }: Record<string, unknown>): boolean {
  if (typeof data !== "string" && !(data instanceof Uint8Array)) return false;
  // A UTF-16 unit has at most three bytes: counting is only worth it near the limit.
  if (data.length * 3 > LIMITS.payloadBytes && payloadBytes(data) > LIMITS.payloadBytes) return false;
  return customType === undefined || (typeof customType === "string" && customType.length >= 1 && customType.length <= LIMITS.customTypeChars);
}

const isFollows = (value: unknown): boolean => value === undefined || isRequestId(value);
const isFlag = (value: unknown): boolean => value === undefined || typeof value === "boolean";
