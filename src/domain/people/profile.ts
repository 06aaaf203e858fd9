import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { Profile } from "../../protocol/messages/people.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { utf8Bytes } from "../../util/text.ts";

/** The profile after a change, or why it may not be. Single fields were checked at the door. */
export function changeProfile(before: Profile, { custom: changed = [], ...change }: Profile): Result<Profile, WireError> {
  const { custom: known = [], ...fields } = before;
  const set = Object.entries({ ...fields, ...defined(change) }).filter(([, value]) => value !== "" && value !== "unknown");
  const keys = new Map(known.map(({ key, value }) => [key, value]));
  for (const { key, value } of changed) {
    if (value === "") keys.delete(key);
    else keys.set(key, value);
  }
  const custom = [...keys].map(([key, value]) => ({ key, value }));
  const after: Profile = { ...Object.fromEntries(set), ...(custom.length > 0 && { custom }) };
  return utf8Bytes(JSON.stringify(after)) > CHAT_LIMITS.profileBytes ? err(wireError("too_large", { limit: CHAT_LIMITS.profileBytes })) : ok(after);
}

const defined = (fields: object): object => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
