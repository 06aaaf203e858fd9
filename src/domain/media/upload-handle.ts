import { type WireError, wireError } from "../../protocol/errors.ts";
import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { assert } from "../../util/assert.ts";
import { type ByteReader, readBytes } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import type { Bytes } from "../../util/bytes.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { seal, unseal } from "../access/sealed-text.ts";
import { type MediaFile, readFile, writeFile } from "./media-pass.ts";

/** All that is known of an upload under way; the store's parts aside there is nothing to look up. */
export interface UploadClaims {
  /** As declared. */
  readonly file: MediaFile;
  readonly owner: UserId;
  /** Empty: it has none. */
  readonly name: string;
  /** The store's own id of it. */
  readonly uploadId: string;
  readonly endsAtMs: number;
}

export async function issueUploadHandle(claims: UploadClaims, secret: Bytes, crypto: Signer): Promise<string> {
  const payload = writeFile(new ByteWriter(), claims.file).string(claims.owner).string(claims.name).string(claims.uploadId).uint53(claims.endsAtMs).finish();
  const text = await seal("upload-1", payload, secret, crypto);
  assert(text.length <= MEDIA_LIMITS.mediaUploadChars, "the store's id of an upload is longer than was foreseen");
  return text;
}

/** `owner` undefined: a server, which may go on with every upload of its app. */
export async function verifyUploadHandle(
  text: string,
  expect: { readonly appId: string; readonly owner: UserId | undefined },
  secret: Bytes,
  nowMs: number,
  crypto: Signer,
): Promise<Result<UploadClaims, WireError>> {
  const payload = await unseal("upload-1", text, MEDIA_LIMITS.mediaUploadChars, secret, crypto);
  const claims = payload.ok ? readBytes(payload.value, read) : undefined;
  if (claims === undefined || claims.file.appId !== expect.appId) return err(wireError("not_found", { field: "upload", message: "there is no such upload" }));
  if (expect.owner !== undefined && claims.owner !== expect.owner)
    return err(wireError("forbidden", { field: "upload", message: "the upload is another user's" }));
  if (nowMs >= claims.endsAtMs) return err(wireError("not_found", { field: "upload", message: "the upload has taken too long, and has ended" }));
  return ok(claims);
}

function read(reader: ByteReader): UploadClaims {
  const claims = { file: readFile(reader), owner: reader.string(), name: reader.string(), uploadId: reader.string(), endsAtMs: reader.uint53() };
  reader.end();
  return claims;
}

/** How a file of this size is cut: all parts are of one size but the last. */
export const partCount = (size: number): number => Math.ceil(size / MEDIA_LIMITS.mediaPartBytes);
export const partSize = (size: number, part: number): number => Math.min(MEDIA_LIMITS.mediaPartBytes, size - (part - 1) * MEDIA_LIMITS.mediaPartBytes);
