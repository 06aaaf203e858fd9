import { LIMITS } from "../limits.ts";
import { isChannelType, isName } from "../names.ts";
import { payloadBytes } from "../payload.ts";
import type { InputOf } from "./catalogue.ts";

/**
 * The two inputs that come once per message, checked by hand at a tenth of the schema's cost. True exactly where the
 * schema accepts and no `from` stands; on false the schema says why.
 */
export function isPeerSend(input: Record<string, unknown>): input is InputOf<"peer.send"> & Record<string, unknown> {
  return (
    onlyKeys(input, PEER_SEND_KEYS) &&
    isName(input.to) &&
    isContent(input) &&
    (input.ifAbsent === undefined || input.ifAbsent === "keep" || input.ifAbsent === "drop") &&
    isFlag(input.sync) &&
    isFlag(input.store)
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
    isFlag(input.store)
  );
}

const PEER_SEND_KEYS: ReadonlySet<string> = new Set(["to", "data", "customType", "ifAbsent", "sync", "store"]);
const PUBLISH_KEYS: ReadonlySet<string> = new Set(["channel", "data", "customType", "store"]);
const CHANNEL_KEYS: ReadonlySet<string> = new Set(["type", "name"]);

function onlyKeys(value: object, keys: ReadonlySet<string>): boolean {
  for (const key of Object.keys(value)) if (!keys.has(key)) return false;
  return true;
}

function isContent({ data, customType }: Record<string, unknown>): boolean {
  if (typeof data !== "string" && !(data instanceof Uint8Array)) return false;
  if (payloadBytes(data) > LIMITS.payloadBytes) return false;
  return customType === undefined || (typeof customType === "string" && customType.length >= 1 && customType.length <= LIMITS.customTypeChars);
}

const isFlag = (value: unknown): boolean => value === undefined || typeof value === "boolean";
