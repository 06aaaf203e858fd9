import type { WireError } from "../../protocol/errors.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { assert } from "../../util/assert.ts";
import { fromBase64Url, toBase64Url } from "../../util/base64url.ts";
import { type Bytes, concatBytes, equalInConstantTime } from "../../util/bytes.ts";
import { ok, type Result } from "../../util/result.ts";
import { encodeUtf8 } from "../../util/text.ts";
import { invalid, tooLarge } from "./refusals.ts";

/** The first word of the text says what was sealed, and in which layout. It is signed, so no kind passes for another. */
export type SealKind = "channel-1" | "session-1" | "media-1" | "upload-1" | "history-1" | "export-1";

const SIGNATURE_BYTES = 32;

/** Bytes with their signature as text of A-Z a-z 0-9 . _ ~ - : "kind.base64url". */
export async function seal(kind: SealKind, payload: Bytes, secret: Bytes, crypto: Signer): Promise<string> {
  const signature = await sign(kind, payload, secret, crypto);
  return `${kind}.${toBase64Url(concatBytes(payload, signature))}`;
}

/** The bytes that `seal` was given with this kind and secret. */
export async function unseal(kind: SealKind, text: string, maxChars: number, secret: Bytes, crypto: Signer): Promise<Result<Bytes, WireError>> {
  if (text.length > maxChars) return tooLarge("the ticket", maxChars);
  const sealed = decode(kind, text);
  if (sealed === undefined || sealed.length < SIGNATURE_BYTES) return invalid("not a ticket of the kind that is needed here");
  const payload = sealed.subarray(0, -SIGNATURE_BYTES);
  const signature = sealed.subarray(-SIGNATURE_BYTES);
  const signed = equalInConstantTime(await sign(kind, payload, secret, crypto), signature);
  return signed ? ok(payload) : invalid("the ticket's signature does not fit");
}

/** One text for one ticket: the spare bits at the end of base64 must be as `seal` leaves them. */
function decode(kind: SealKind, text: string): Bytes | undefined {
  if (!text.startsWith(`${kind}.`)) return undefined;
  const encoded = text.slice(kind.length + 1);
  const sealed = fromBase64Url(encoded);
  return sealed && toBase64Url(sealed) === encoded ? sealed : undefined;
}

function sign(kind: SealKind, payload: Bytes, secret: Bytes, crypto: Signer): Promise<Bytes> {
  assert(secret.length > 0, "tickets need a secret");
  return crypto.hmacSha256(secret, concatBytes(encodeUtf8(`wigwag ticket ${kind}\0`), payload), "kept");
}
