import { fileKey, thumbnailKey } from "../../domain/media/media-keys.ts";
import type { MediaClaims } from "../../domain/media/media-pass.ts";
import { isImageType, noImage, thumbnailWidth } from "../../domain/media/thumbnail-plan.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { InputOf } from "../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { readable } from "./access.ts";
import { bytesHeaders, isKnown, removed } from "./downloads.ts";
import { makeThumbnail } from "./make-thumbnail.ts";
import type { MediaCall } from "./media-call.ts";
import { thumbnailSlot } from "./transfers.ts";

/** Made when first asked for, and kept beside the file, whose expiry it shares. */
export async function thumbnail(call: MediaCall, { media, width }: InputOf<"media.thumbnail">): Promise<Result<Response, WireError>> {
  const claims = await readable(call, media);
  if (!claims.ok) return claims;
  if (!isImageType(claims.value.type)) return err(noImage);
  const rounded = thumbnailWidth(width);
  const etag = `"${claims.value.object}-${rounded}"`;
  if (isKnown(call.request.headers, etag)) return ok(new Response(null, { status: 304, headers: bytesHeaders(etag) }));
  const made = await call.bucket.get(thumbnailKey(claims.value, rounded));
  const bytes = made === null ? await make(call, claims.value, rounded) : ok(await made.arrayBuffer());
  if (!bytes.ok) return bytes;
  const headers = {
    ...bytesHeaders(etag),
    "content-type": "image/jpeg",
    "content-disposition": "attachment",
    "content-length": String(bytes.value.byteLength),
  };
  return ok(new Response(call.request.method === "HEAD" ? null : bytes.value, { headers }));
}

async function make(call: MediaCall, claims: MediaClaims, width: number): Promise<Result<ArrayBuffer, WireError>> {
  if (claims.size > MEDIA_LIMITS.thumbnailSourceBytes)
    return err(wireError("too_large", { field: "size", limit: MEDIA_LIMITS.thumbnailSourceBytes, message: "the file is larger than is made small" }));
  return thumbnailSlot(call, async () => {
    const file = await call.bucket.get(fileKey(claims));
    if (file === null) return err(removed);
    const made = await makeThumbnail(new Uint8Array(await file.arrayBuffer()), width);
    if (!made.ok) return made;
    await call.bucket.put(thumbnailKey(claims, width), made.value, { httpMetadata: { contentType: "image/jpeg" } });
    return ok(made.value.buffer);
  });
}
