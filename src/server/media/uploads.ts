import { fileKey, ownerMark, partKey, partOfKey, partsFolder } from "../../domain/media/media-keys.ts";
import type { MediaFile } from "../../domain/media/media-pass.ts";
import { checkType, normalType, UNKNOWN_TYPE } from "../../domain/media/media-type.ts";
import { issueUploadHandle, partCount, partSize, type UploadClaims, verifyUploadHandle } from "../../domain/media/upload-handle.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { InputOf, OutputOf } from "../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { logLine, messageOf } from "../log.ts";
import { randomHex } from "../objects/shell/random-hex.ts";
import { passOf } from "./access.ts";
import { beginBody } from "./exact-stream.ts";
import type { MediaCall } from "./media-call.ts";
import { removeFile } from "./removal.ts";

type Answer<T> = Promise<Result<T, WireError>>;

/** A file of one part's size at most, in one request. */
export async function upload(call: MediaCall, { name = "", user }: InputOf<"media.upload">): Answer<OutputOf<"media.upload">> {
  const owner = ownerOf(call, user);
  const size = Number(call.request.headers.get("content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(size)) return err(wireError("bad_request", { field: "Content-Length", message: "Content-Length: the file's size has to be said" }));
  if (size < 1) return err(wireError("bad_request", { field: "size", message: "size: a file is not empty" }));
  if (size > MEDIA_LIMITS.mediaPartBytes)
    return err(wireError("too_large", { field: "size", limit: MEDIA_LIMITS.mediaPartBytes, message: "larger files are uploaded by parts: see media.begin" }));
  if (owner === undefined) return err(noOwner);
  const declared = normalType(call.request.headers.get("content-type") ?? "");
  if (declared.length > MEDIA_LIMITS.mediaTypeChars) return err(wireError("bad_request", { field: "Content-Type", limit: MEDIA_LIMITS.mediaTypeChars }));
  const body = await beginBody(call.request, size);
  if (!body.ok) return body;
  const type = checkType(declared, body.value.head);
  if (!type.ok) {
    await body.value.discard();
    return type;
  }
  const file = await newFile(call, owner, size, type.value);
  const stored = await body.value.storeTo((stream) => call.bucket.put(fileKey(file), stream, metadataOf(type.value, name)));
  return stored.ok ? ok(await infoOf(call, { file, owner, name })) : stored;
}

export async function begin(call: MediaCall, { size, type = UNKNOWN_TYPE, name = "", user }: InputOf<"media.begin">): Answer<OutputOf<"media.begin">> {
  const owner = ownerOf(call, user);
  if (owner === undefined) return err(noOwner);
  const declared = normalType(type);
  const file = await newFile(call, owner, size, declared);
  const { uploadId } = await call.bucket.createMultipartUpload(fileKey(file), metadataOf(declared, name));
  const endsAtMs = call.nowMs + MEDIA_LIMITS.mediaUploadMs;
  const handle = await issueUploadHandle({ file, owner, name, uploadId, endsAtMs }, call.sealing.secret, call.sealing.crypto);
  return ok({ upload: handle, partBytes: MEDIA_LIMITS.mediaPartBytes, parts: partCount(size), endsAt: endsAtMs });
}

export async function parts(call: MediaCall, input: InputOf<"media.parts">): Answer<OutputOf<"media.parts">> {
  const claims = await claimsOf(call, input.upload);
  if (!claims.ok) return claims;
  const { file, endsAtMs } = claims.value;
  const there = [...(await partsThere(call, file)).keys()];
  return ok({ size: file.size, partBytes: MEDIA_LIMITS.mediaPartBytes, parts: partCount(file.size), there, endsAt: endsAtMs });
}

export async function part(call: MediaCall, input: InputOf<"media.part">): Answer<OutputOf<"media.part">> {
  const claims = await claimsOf(call, input.upload);
  if (!claims.ok) return claims;
  const { file, uploadId } = claims.value;
  if (input.part > partCount(file.size)) return err(wireError("bad_request", { field: "part", limit: partCount(file.size) }));
  const body = await beginBody(call.request, partSize(file.size, input.part));
  if (!body.ok) return body;
  const type = input.part === 1 ? checkType(file.type, body.value.head) : ok(file.type);
  if (!type.ok) {
    await body.value.discard();
    return type;
  }
  const stored = await body.value.storeTo((stream) => call.bucket.resumeMultipartUpload(fileKey(file), uploadId).uploadPart(input.part, stream));
  if (!stored.ok) return stored;
  // Without it the part does not count, and is sent again.
  await call.bucket.put(partKey(file, input.part), "", { customMetadata: { etag: stored.value.etag, type: type.value } });
  return ok({});
}

export async function complete(call: MediaCall, input: InputOf<"media.complete">): Answer<OutputOf<"media.complete">> {
  const claims = await claimsOf(call, input.upload);
  if (!claims.ok) return claims;
  const { file, uploadId } = claims.value;
  const there = await partsThere(call, file);
  const missing = Array.from({ length: partCount(file.size) }, (_, index) => index + 1).filter((each) => !there.has(each));
  if (missing.length > 0) return err(wireError("conflict", { field: "parts", message: `parts that are not there: ${missing.join(", ")}` }));
  const type = there.get(1)?.type ?? file.type;
  const whole = { ...claims.value, file: { ...file, type } };
  try {
    const etags = [...there].map(([partNumber, { etag }]) => ({ partNumber, etag }));
    await call.bucket.resumeMultipartUpload(fileKey(file), uploadId).complete(etags);
  } catch (error) {
    // It was completed before, or a part was replaced while its predecessor was still on its way.
    if ((await call.bucket.head(fileKey(file))) === null) {
      logLine("media.not-completed", { app: call.app.id, message: messageOf(error) });
      return err(wireError("conflict", { field: "parts", message: "the parts do not fit together: send them once more, or begin anew" }));
    }
  }
  return ok(await infoOf(call, whole));
}

export async function abort(call: MediaCall, input: InputOf<"media.abort">): Answer<OutputOf<"media.abort">> {
  const claims = await claimsOf(call, input.upload);
  if (!claims.ok) return claims;
  const { file, uploadId } = claims.value;
  try {
    await call.bucket.resumeMultipartUpload(fileKey(file), uploadId).abort();
  } catch (error) {
    // It had ended before; where not, the bucket forgets it after a week.
    logLine("media.not-aborted", { app: call.app.id, message: messageOf(error) });
  }
  await removeFile(call.bucket, file);
  return ok({});
}

const noOwner = wireError("bad_request", { field: "user", message: "user: a server says whose file it is" });
const ownerOf = ({ caller }: MediaCall, user: string | undefined): string | undefined => (caller.kind === "user" ? caller.user : user);

const newFile = async ({ app, nowMs, sealing }: MediaCall, owner: string, size: number, type: string): Promise<MediaFile> => ({
  appId: app.id,
  object: `${await ownerMark(app.id, owner, sealing.secret, sealing.crypto)}-${randomHex()}${randomHex()}`,
  size,
  type,
  expiresAtMs: nowMs + MEDIA_LIMITS.mediaKeptMs,
});

/** Metadata are headers to the store: ASCII. */
const metadataOf = (contentType: string, name: string): R2MultipartOptions => ({
  httpMetadata: { contentType },
  ...(name === "" ? {} : { customMetadata: { name: encodeURIComponent(name) } }),
});

const claimsOf = ({ app, caller, sealing, nowMs }: MediaCall, handle: string): Answer<UploadClaims> =>
  verifyUploadHandle(handle, { appId: app.id, owner: caller.kind === "user" ? caller.user : undefined }, sealing.secret, nowMs, sealing.crypto);

async function infoOf(call: MediaCall, { file, owner, name }: Pick<UploadClaims, "file" | "owner" | "name">): Promise<OutputOf<"media.complete">> {
  const media = await passOf(call, { ...file, audience: { kind: "owner", user: owner } });
  return { media, size: file.size, type: file.type, expiresAt: file.expiresAtMs, ...(name === "" ? {} : { name }) };
}

interface PartThere {
  readonly etag: string;
  readonly type: string;
}

/** In their order. */
async function partsThere({ bucket }: MediaCall, file: MediaFile): Promise<ReadonlyMap<number, PartThere>> {
  const found: [number, PartThere][] = [];
  const { objects } = await bucket.list({ prefix: partsFolder(file), include: ["customMetadata"] });
  for (const { key, customMetadata } of objects) {
    const number = partOfKey(file, key);
    if (number !== undefined) found.push([number, { etag: customMetadata?.etag ?? "", type: customMetadata?.type ?? file.type }]);
  }
  return new Map(found.sort(([left], [right]) => left - right));
}
