import type { WireError } from "../protocol/errors.ts";
import { wireError } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import { err, ok, type Result } from "../util/result.ts";
import { utf8Bytes } from "../util/text.ts";

/** A key with its value and who wrote it when. */
export interface Entry {
  readonly value: string;
  readonly updatedBy: string;
  readonly updatedAt: number;
  /** Of a user: it ends with the login. */
  readonly lifetime?: "login" | undefined;
}
export type AttributeSet = ReadonlyMap<string, Entry>;
export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** A change of a set of attributes, as the operations name it. */
export interface AttributeChange {
  readonly kind: "set" | "update" | "remove" | "clear";
  /** For set and update. */
  readonly attributes: readonly KeyValue[];
  readonly lifetime?: "login" | undefined;
  /** For remove. */
  readonly keys: readonly string[];
}

/** The set after `change`, or why it may not be. Sizes of single keys and values were checked at the door. RTM 1.x: last write wins. */
export function changeAttributes(before: AttributeSet, change: AttributeChange, by: string, now: number, totalBytes: number): Result<AttributeSet, WireError> {
  const after = new Map<string, Entry>(change.kind === "set" || change.kind === "clear" ? [] : before);
  if (change.kind === "remove") for (const key of change.keys) after.delete(key);
  else if (change.kind !== "clear") for (const { key, value } of change.attributes) after.set(key, entryOf(value, change, by, now));
  if (after.size > LIMITS.attributesPerSet) {
    return err(wireError("limit_exceeded", { field: "attributes", limit: LIMITS.attributesPerSet, message: `at most ${LIMITS.attributesPerSet} attributes` }));
  }
  let bytes = 0;
  for (const [key, { value }] of after) bytes += utf8Bytes(key) + utf8Bytes(value);
  if (bytes > totalBytes) return err(wireError("too_large", { field: "attributes", limit: totalBytes, message: `at most ${totalBytes} bytes in all` }));
  return ok(after);
}

const entryOf = (value: string, { lifetime }: AttributeChange, by: string, now: number): Entry => ({
  value,
  updatedBy: by,
  updatedAt: now,
  ...(lifetime !== undefined && { lifetime }),
});

/** What is left of a user's attributes when nobody is logged in. The same set comes back where nothing goes. */
export function afterLogout(set: AttributeSet): AttributeSet {
  const lasting = [...set].filter(([, { lifetime }]) => lifetime !== "login");
  return lasting.length === set.size ? set : new Map(lasting);
}

/** All attributes, or those of `keys` that are there. */
export function pickAttributes(set: AttributeSet, keys: readonly string[] | undefined): ({ key: string } & Entry)[] {
  const wanted = keys === undefined ? [...set.keys()] : [...new Set(keys)].filter((key) => set.has(key));
  return wanted.flatMap((key) => {
    const entry = set.get(key);
    return entry === undefined ? [] : [{ key, ...entry }];
  });
}
