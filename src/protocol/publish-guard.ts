import { LIMITS } from "./limits.ts";
import { type ChannelRef, isChannelType, isName, isRequestId } from "./names.ts";
import type { Priority } from "./priority.ts";

/** A publish as the hot path sees it. */
export interface PublishRequest {
  readonly id: number;
  readonly channel: ChannelRef | undefined;
  readonly data: string | Uint8Array;
  readonly customType: string | undefined;
  readonly store: boolean | undefined;
  readonly key: string | undefined;
  readonly priority: Priority | undefined;
  readonly follows: number | undefined;
}

const REQUEST_KEYS = 4;
const INPUT_KEYS: ReadonlySet<string> = new Set(["channel", "data", "customType", "store", "key", "priority", "follows"]);

export const isUpdateKey = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= LIMITS.updateKeyChars;
export const isPriority = (value: unknown): value is Priority => value === "normal" || value === "high" || value === "low";

/**
 * The hand-written twin of the schemas `request` and `channel.publish`, a twentieth of their cost, run once per message.
 * Undefined: not a plain publish; the schema then says what is wrong with it. A property test holds the two together.
 */
export function asPublish(message: Record<string, unknown>): PublishRequest | undefined {
  const { op, id, input } = message;
  if (op !== "channel.publish" || message.type !== "request" || !isRequestId(id)) return undefined;
  if (typeof input !== "object" || input === null || Object.keys(message).length !== REQUEST_KEYS) return undefined;
  for (const name in input) if (!INPUT_KEYS.has(name)) return undefined;
  const { channel, data, customType, store, key, priority, follows } = input as Record<string, unknown>;
  // Sizes are the domain's to check: it names the limit.
  if (typeof data !== "string" && !(data instanceof Uint8Array)) return undefined;
  if (customType !== undefined && (typeof customType !== "string" || customType.length === 0 || customType.length > LIMITS.customTypeChars)) return undefined;
  if (store !== undefined && typeof store !== "boolean") return undefined;
  if (key !== undefined && !isUpdateKey(key)) return undefined;
  if (priority !== undefined && !isPriority(priority)) return undefined;
  if (follows !== undefined && !isRequestId(follows)) return undefined;
  if (channel !== undefined && !isChannelRef(channel)) return undefined;
  return { id, channel, data, customType, store, key, priority, follows };
}

function isChannelRef(value: unknown): value is ChannelRef {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return false;
  const { type, name } = value as Record<string, unknown>;
  return isChannelType(type) && isName(name);
}
