import { issueMediaPass, type MediaClaims, verifyMediaPass } from "../../domain/media/media-pass.ts";
import { parseConversationName } from "../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { ChannelRef } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { callOf, checkCall } from "../call-dispatch.ts";
import { runCall } from "../run-call.ts";
import type { MediaCall } from "./media-call.ts";

/** The file a media id names, if this caller is among those it was made for. */
export async function readable(call: MediaCall, media: string): Promise<Result<MediaClaims, WireError>> {
  const { app, caller, sealing, nowMs } = call;
  const claims = await verifyMediaPass(media, app.id, sealing.secret, nowMs, sealing.crypto);
  if (!claims.ok || caller.kind === "server") return claims;
  const { audience } = claims.value;
  if (audience.kind === "owner" || audience.kind === "user") return audience.user === caller.user ? claims : notForYou;
  const member = audience.kind === "channel" ? await isMember(call, audience.channel, caller.user) : await isIn(call, audience.name, caller.user);
  if (!member.ok) return member;
  return member.value ? claims : notForYou;
}

export const passOf = (call: MediaCall, claims: MediaClaims): Promise<string> => issueMediaPass(claims, call.sealing.secret, call.sealing.crypto);

const notForYou = err(wireError("forbidden", { field: "media", message: "this media id was made for others" }));

/** A chat of two has the same two for ever, so nobody is asked; a group and a thread are, each time. */
async function isIn({ env, app, caller, settings }: MediaCall, name: string, user: string): Promise<Result<boolean, WireError>> {
  const named = parseConversationName(name);
  if (named === undefined) return ok(false);
  if (named.type === "single") return ok(named.users.includes(user));
  // The pins of a thread are little to read, and only who is in it reads them.
  const { type, id } = named;
  const checked = type === "group" ? checkCall("group.get", { group: id }, caller) : checkCall("message.pins", { conversation: { type, id } }, caller);
  if (!checked.ok) return checked;
  const reply = await runCall(env, checked.value, callOf(checked.value, caller, { settings }), { jurisdiction: app.jurisdiction });
  if ("ok" in reply) return ok(type === "thread" || reply.ok.role !== undefined);
  return reply.error.code === "not_found" || reply.error.code === "forbidden" ? ok(false) : err(reply.error);
}

/** Asked each time: who has left a channel reads nothing in it any more. The channel itself looks at what the token allows. */
async function isMember({ env, app, caller, settings }: MediaCall, channel: ChannelRef, user: string): Promise<Result<boolean, WireError>> {
  const checked = checkCall("channel.member", { channel, user }, caller);
  if (!checked.ok) return checked;
  const reply = await runCall(env, checked.value, callOf(checked.value, caller, { settings }), { jurisdiction: app.jurisdiction });
  return "ok" in reply ? ok(reply.ok.member === true) : err(reply.error);
}
