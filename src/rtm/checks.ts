import { LIMITS } from "../protocol/limits.ts";
import { utf8Bytes } from "../util/text.ts";
import { rtmError } from "./errors.ts";

/** RTM 1.x: the alphabet of user and channel ids. */
const RTM_ID = /^[A-Za-z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,64}$/;

export const isRtmId = (value: unknown): value is string => typeof value === "string" && value !== "null" && RTM_ID.test(value);

/** A list of ids, not empty. */
export const isIdList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.length > 0 && value.every(isRtmId);

const isAttributeKey = (key: unknown): key is string =>
  typeof key === "string" && key.length > 0 && utf8Bytes(key) <= LIMITS.attributeKeyBytes && key.isWellFormed() && !/\p{Cc}/u.test(key);

/** Attributes as they are written; throws what RTM 1.x refuses before it asks the service. */
export function checkedAttributes(value: unknown, bytesMax: number): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("attributes are an object of strings");
  const entries: [string, unknown][] = Object.entries(value);
  for (const [key, text] of entries) {
    if (!isAttributeKey(key)) throw invalid(`an attribute's key has 1 to ${LIMITS.attributeKeyBytes} bytes of printable characters`);
    if (typeof text !== "string" || !text.isWellFormed()) throw invalid(`the attribute ${key} is no text`);
    if (utf8Bytes(text) > LIMITS.attributeValueBytes) throw tooLarge(`the attribute ${key} has more than ${LIMITS.attributeValueBytes} bytes`);
  }
  const attributes = Object.fromEntries(entries) as Record<string, string>;
  const bytes = Object.entries(attributes).reduce((sum, [key, text]) => sum + utf8Bytes(key) + utf8Bytes(text), 0);
  if (entries.length > LIMITS.attributesPerSet || bytes > bytesMax) throw tooLarge(`more than ${LIMITS.attributesPerSet} attributes, or ${bytesMax} bytes`);
  return attributes;
}

export function checkedKeys(value: unknown): string[] {
  const keys: unknown[] = Array.isArray(value) ? [...new Set(value)] : [];
  if (keys.length === 0 || !keys.every(isAttributeKey)) throw invalid("attribute keys are a list of texts, not empty");
  if (keys.length > LIMITS.attributesPerSet) throw tooLarge(`more than ${LIMITS.attributesPerSet} keys`);
  return keys;
}

const invalid = (detail: string): Error => rtmError("attributes", 3, detail);
const tooLarge = (detail: string): Error => rtmError("attributes", 4, detail);
