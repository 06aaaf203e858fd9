import { wireError } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { OperationName } from "../protocol/operations/catalogue.ts";
import { eachBounded } from "../util/each-bounded.ts";
import type { Call, CallReply } from "./trust.ts";

/** How operations over several objects are taken apart and put together: the list in the input, the list in the output. */
const LISTS: ReadonlyMap<OperationName, { readonly input: string; readonly output: string }> = new Map([
  ["presence.query", { input: "users", output: "users" }],
  ["profile.query", { input: "users", output: "profiles" }],
  ["channel.member-count", { input: "channels", output: "counts" }],
] as const);

/** Asks each key's object once, a few at a time, and merges in the order asked. One that fails fails the call: half an answer looks whole. */
export async function spread<Key>(call: Call, keys: readonly Key[], ask: (key: Key, part: Call) => Promise<CallReply>): Promise<CallReply> {
  const lists = LISTS.get(call.op);
  if (lists === undefined) return { error: wireError("internal") };
  const distinct = [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
  const replies = await eachBounded(distinct, LIMITS.callsAtOnce, (key) => ask(key, { ...call, input: { ...call.input, [lists.input]: [key] } }));
  const merged: unknown[] = [];
  for (const reply of replies) {
    if ("error" in reply) return reply;
    const found = reply.ok[lists.output];
    if (Array.isArray(found)) merged.push(...found);
  }
  return { ok: { [lists.output]: merged } };
}
