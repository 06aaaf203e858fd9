import { fileKey } from "../../domain/media/media-keys.ts";
import type { Audience } from "../../domain/media/media-pass.ts";
import { conversationName } from "../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { InputOf, OutputOf } from "../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { passOf, readable } from "./access.ts";
import { removed } from "./downloads.ts";
import type { MediaCall } from "./media-call.ts";
import { removeFile } from "./removal.ts";

type Answer<T> = Promise<Result<T, WireError>>;

export async function info(call: MediaCall, { media }: InputOf<"media.info">): Answer<OutputOf<"media.info">> {
  const claims = await readable(call, media);
  if (!claims.ok) return claims;
  const found = await call.bucket.head(fileKey(claims.value));
  if (found === null) return err(removed);
  const { size, type, expiresAtMs } = claims.value;
  const name = found.customMetadata?.name;
  return ok({ media, size, type, expiresAt: expiresAtMs, ...(name === undefined ? {} : { name: decodeURIComponent(name) }) });
}

export async function address(call: MediaCall, { media, ...to }: InputOf<"media.address">): Answer<OutputOf<"media.address">> {
  const claims = await readable(call, media);
  if (!claims.ok) return claims;
  const audience = audienceOf(call, to);
  if (audience === undefined) return err(wireError("bad_request", { field: "user", message: "one of user, channel, chat, group, and thread" }));
  return ok({ media: await passOf(call, { ...claims.value, audience }) });
}

export async function remove(call: MediaCall, { media }: InputOf<"media.delete">): Answer<OutputOf<"media.delete">> {
  const claims = await readable(call, media);
  if (!claims.ok) return claims;
  const { audience } = claims.value;
  if (call.caller.kind !== "server" && audience.kind !== "owner")
    return err(wireError("forbidden", { field: "media", message: "only who uploaded a file removes it, with the id it got then" }));
  await removeFile(call.bucket, claims.value);
  return ok({});
}

function audienceOf({ caller }: MediaCall, { user, channel, chat, group, thread }: Omit<InputOf<"media.address">, "media">): Audience | undefined {
  if ([user, channel, chat, group, thread].filter((one) => one !== undefined).length !== 1) return undefined;
  if (user !== undefined) return { kind: "user", user };
  if (channel !== undefined) return { kind: "channel", channel };
  if (group !== undefined) return { kind: "conversation", name: conversationName({ type: "group", id: group }, "") };
  if (thread !== undefined) return { kind: "conversation", name: conversationName({ type: "thread", id: thread }, "") };
  // A server is nobody's other.
  if (chat === undefined || caller.kind !== "user" || chat === caller.user) return undefined;
  return { kind: "conversation", name: conversationName({ type: "single", id: chat }, caller.user) };
}
