import { type WireError, wireError } from "../../protocol/errors.ts";
import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { ChannelRef, UserId } from "../../protocol/names.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { assert } from "../../util/assert.ts";
import { type ByteReader, readBytes } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import type { Bytes } from "../../util/bytes.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { seal, unseal } from "../access/sealed-text.ts";

/** Whom a media id was made for. `owner` is who uploaded it: reads it, and may remove it. */
export type Audience =
  | { readonly kind: "owner"; readonly user: UserId }
  | { readonly kind: "user"; readonly user: UserId }
  | { readonly kind: "channel"; readonly channel: ChannelRef }
  /** Both people of a chat of two, by the conversation's name. */
  | { readonly kind: "conversation"; readonly name: string };

/** A file, as each of its ids names it. */
export interface MediaFile {
  readonly appId: string;
  /** What the file is stored under: its owner's mark, and 32 random hex digits. */
  readonly object: string;
  readonly size: number;
  readonly type: string;
  readonly expiresAtMs: number;
}

export interface MediaClaims extends MediaFile {
  readonly audience: Audience;
}

export async function issueMediaPass(claims: MediaClaims, secret: Bytes, crypto: Signer): Promise<string> {
  const text = await seal("media-1", encode(claims), secret, crypto);
  assert(text.length <= MEDIA_LIMITS.mediaIdChars, "the names in a media id are longer than names may be");
  return text;
}

/** What is wrong with an id is never said to be a matter of the caller's own token: another token would not help. */
export async function verifyMediaPass(text: string, appId: string, secret: Bytes, nowMs: number, crypto: Signer): Promise<Result<MediaClaims, WireError>> {
  const payload = await unseal("media-1", text, MEDIA_LIMITS.mediaIdChars, secret, crypto);
  const claims = payload.ok ? readBytes(payload.value, read) : undefined;
  if (claims === undefined || claims.appId !== appId) return err(wireError("not_found", { field: "media", message: "there is no such media id" }));
  if (nowMs >= claims.expiresAtMs) return err(wireError("not_found", { field: "media", message: "the file was kept for seven days, and they are over" }));
  return ok(claims);
}

/** The fields of a file, as passes and handles of uploads have them. */
export const writeFile = (writer: ByteWriter, file: MediaFile): ByteWriter =>
  writer.string(file.appId).string(file.object).uint32(file.size).string(file.type).uint53(file.expiresAtMs);

export const readFile = (reader: ByteReader): MediaFile => ({
  appId: reader.string(),
  object: reader.string(),
  size: reader.uint32(),
  type: reader.string(),
  expiresAtMs: reader.uint53(),
});

const OWNER = 0;
const USER = 1;
const MESSAGE_CHANNEL = 2;
const STREAM_CHANNEL = 3;
const CONVERSATION = 4;

function encode(claims: MediaClaims): Bytes {
  const { audience } = claims;
  return writeFile(new ByteWriter(), claims).uint8(audienceKind(audience)).string(audienceName(audience)).finish();
}

function audienceKind(audience: Audience): number {
  switch (audience.kind) {
    case "owner":
      return OWNER;
    case "user":
      return USER;
    case "channel":
      return audience.channel.type === "message" ? MESSAGE_CHANNEL : STREAM_CHANNEL;
    case "conversation":
      return CONVERSATION;
  }
}

function audienceName(audience: Audience): string {
  if (audience.kind === "channel") return audience.channel.name;
  return audience.kind === "conversation" ? audience.name : audience.user;
}

function read(reader: ByteReader): MediaClaims {
  const claims = { ...readFile(reader), audience: readAudience(reader) };
  reader.end();
  return claims;
}

function readAudience(reader: ByteReader): Audience {
  const kind = reader.uint8();
  const name = reader.string();
  switch (kind) {
    case OWNER:
      return { kind: "owner", user: name };
    case USER:
      return { kind: "user", user: name };
    case MESSAGE_CHANNEL:
      return { kind: "channel", channel: { type: "message", name } };
    case STREAM_CHANNEL:
      return { kind: "channel", channel: { type: "stream", name } };
    case CONVERSATION:
      return { kind: "conversation", name };
    default:
      return reader.refuse();
  }
}
