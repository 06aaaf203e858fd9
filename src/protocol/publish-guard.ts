import { LIMITS } from "./limits.ts";
import { type ChannelRef, isChannelType, isName, isRequestId } from "./names.ts";

/** A publish as the hot path sees it. */
export interface PublishRequest {
  readonly id: number;
  readonly channel: ChannelRef | undefined;
  readonly data: string | Uint8Array;
  readonly customType: string | undefined;
  readonly store: boolean | undefined;
  readonly follows: number | undefined;
}

const REQUEST_KEYS = 4;

/**
 * The hand-written twin of the schemas `request` and `channel.publish`, a twentieth of their cost, run once per message.
 * Undefined: not a plain publish; the schema then says what is wrong with it. A property test holds the two together.
 */
export function asPublish(message: Record<string, unknown>): PublishRequest | undefined {
  const { op, id, input } = message;
  if (op !== "channel.publish" || message.type !== "request" || !isRequestId(id)) return undefined;
  if (typeof input !== "object" || input === null || Object.keys(message).length !== REQUEST_KEYS) return undefined;
  const { channel, data, customType, store, follows, ...rest } = input as Record<string, unknown>;
  for (const _ in rest) return undefined;
  // Sizes are the domain's to check: it names the limit.
  if (typeof data !== "string" && !(data instanceof Uint8Array)) return undefined;
  if (customType !== undefined && (typeof customType !== "string" || customType.length === 0 || customType.length > LIMITS.customTypeChars)) return undefined;
  if (store !== undefined && typeof store !== "boolean") return undefined;
  if (follows !== undefined && !isRequestId(follows)) return undefined;
  if (channel !== undefined && !isChannelRef(channel)) return undefined;
  return { id, channel, data, customType, store, follows };
}

function isChannelRef(value: unknown): value is ChannelRef {
  if (typeof value !== "object" || value === null || Object.keys(value).length !== 2) return false;
  const { type, name } = value as Record<string, unknown>;
  return isChannelType(type) && isName(name);
}
