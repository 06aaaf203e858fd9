import type { Client } from "../client.ts";
import { Calls } from "./calls.ts";

export type { CallMember, CallMemberState } from "../../protocol/messages/call.ts";
export type { Call, CallEnd, CallEvents, CallPhase } from "./call.ts";
export type { Calls, CallsEvents } from "./calls.ts";
export { CallError, type CallErrorCode } from "./error.ts";
export type { Signal } from "./signal.ts";
export type { InviteOptions } from "./view.ts";

const followed = new WeakMap<Client, Calls>();

/**
 * The calls of this client's user; the same object for the same client.
 *
 * @example
 * const phone = calls(me);
 * phone.on("incoming", (call) => call.accept());
 * phone.invite("bob").on("active", (call) => call.signal("bob", "hello"));
 */
export function calls(client: Client): Calls {
  const known = followed.get(client);
  if (known !== undefined && !known.closed) return known;
  const made = new Calls(client);
  followed.set(client, made);
  return made;
}
