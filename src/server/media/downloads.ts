import { parseRange } from "../../domain/media/byte-range.ts";
import { fileKey } from "../../domain/media/media-keys.ts";
import type { MediaClaims } from "../../domain/media/media-pass.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { InputOf } from "../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { errorReply } from "../http/errors.ts";
import { readable } from "./access.ts";
import type { MediaCall } from "./media-call.ts";

/** A file never changes, so what it is stored under names its content as well. */
export async function download(
  call: MediaCall,
  { media }: InputOf<"media.download">,
  until: (over: Promise<unknown>) => void,
): Promise<Result<Response, WireError>> {
  const claims = await readable(call, media);
  if (!claims.ok) return claims;
  const { headers, method } = call.request;
  const etag = `"${claims.value.object}"`;
  const asked = headers.get("if-range") ?? etag;
  const range = asked === etag ? parseRange(headers.get("range"), claims.value.size) : undefined;
  if (range === "unsatisfiable") return ok(unsatisfiable(claims.value.size));
  if (method === "HEAD" || isKnown(headers, etag)) return headed(call, claims.value, etag);
  const found = await call.bucket.get(fileKey(claims.value), range === undefined ? {} : { range });
  if (found === null) return err(removed);
  const { size } = claims.value;
  const { offset, length } = range ?? { offset: 0, length: size };
  const { readable: body, writable } = new FixedLengthStream(length);
  // Whoever reads it may go away: that ends the copy, and is nobody's fault.
  until(found.body.pipeTo(writable));
  const partial: Record<string, string> = range === undefined ? {} : { "content-range": `bytes ${offset}-${offset + length - 1}/${size}` };
  return ok(new Response(body, { status: range === undefined ? 200 : 206, headers: { ...fileHeaders(claims.value, etag, found.customMetadata), ...partial } }));
}

/** Without its bytes: whether it is there, and 304 for who has it. */
async function headed({ bucket, request }: MediaCall, claims: MediaClaims, etag: string): Promise<Result<Response, WireError>> {
  const found = await bucket.head(fileKey(claims));
  if (found === null) return err(removed);
  const headers = { ...fileHeaders(claims, etag, found.customMetadata), ...(request.method === "HEAD" ? { "content-length": String(claims.size) } : {}) };
  return ok(new Response(null, { status: isKnown(request.headers, etag) ? 304 : 200, headers }));
}

export const removed: WireError = wireError("not_found", { field: "media", message: "the file is not there any more" });

export const isKnown = (headers: Headers, etag: string): boolean =>
  (headers.get("if-none-match") ?? "").split(",").some((known) => known.trim().replace(/^W\//, "") === etag);

const unsatisfiable = (size: number): Response =>
  errorReply(wireError("bad_request", { field: "Range", limit: size, message: `Range: the file has ${size} bytes` }), 416, {
    "content-range": `bytes */${size}`,
  });

/**
 * A file is somebody else's content under our name: it is always saved, never shown as a page, and what it claims to be is
 * not guessed at. A browser keeps it, but asks each time whether it still may show it.
 */
function fileHeaders(claims: MediaClaims, etag: string, metadata: Record<string, string> | undefined): Record<string, string> {
  return { ...bytesHeaders(etag), "content-type": claims.type, "content-disposition": disposition(metadata?.name), "accept-ranges": "bytes" };
}

export const bytesHeaders = (etag: string): Record<string, string> => ({
  etag,
  "cache-control": "private, no-cache, no-transform",
  vary: "authorization",
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
  "cross-origin-resource-policy": "cross-origin",
});

/** The name is stored percent-encoded, which is how RFC 6266 has it, less a few characters that are special there. */
const disposition = (name: string | undefined): string =>
  name === undefined ? "attachment" : `attachment; filename*=UTF-8''${name.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}`;
