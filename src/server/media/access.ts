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
  if (audience.kind === "conversation") return isOneOfTwo(audience.name, caller.user) ? claims : notForYou;
  if (audience.kind !== "channel") return audience.user === caller.user ? claims : notForYou;
  const member = await isMember(call, audience.channel, caller.user);
  if (!member.ok) return member;
  return member.value ? claims : notForYou;
}

export const passOf = (call: MediaCall, claims: MediaClaims): Promise<string> => issueMediaPass(claims, call.sealing.secret, call.sealing.crypto);

const notForYou = err(wireError("forbidden", { field: "media", message: "this media id was made for others" }));

/** A chat of two has the same two for ever, so nobody is asked. */
function isOneOfTwo(name: string, user: string): boolean {
  const named = parseConversationName(name);
  return named?.type === "single" && named.users.includes(user);
}

/** Asked each time: who has left a channel reads nothing in it any more. The channel itself looks at what the token allows. */
async function isMember({ env, app, caller, settings }: MediaCall, channel: ChannelRef, user: string): Promise<Result<boolean, WireError>> {
  const checked = checkCall("channel.member", { channel, user }, caller);
  if (!checked.ok) return checked;
  const reply = await runCall(env, checked.value, callOf(checked.value, caller, { settings }), { jurisdiction: app.jurisdiction });
  return "ok" in reply ? ok(reply.ok.member === true) : err(reply.error);
}
