import { type WireError, wireError } from "../../protocol/errors.ts";
import { err, ok, type Result } from "../../util/result.ts";

export const UNKNOWN_TYPE = "application/octet-stream";

/** So many bytes of a file's begin are enough to tell its type. */
export const TYPE_BYTES = 16;

const ascii = (text: string): readonly number[] => [...text].map((char) => char.charCodeAt(0));

/** Bytes that say what they are, with where they stand. */
const SIGNATURES: readonly { readonly type: string; readonly parts: readonly (readonly [at: number, bytes: readonly number[]])[] }[] = [
  { type: "image/png", parts: [[0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]]] },
  { type: "image/gif", parts: [[0, ascii("GIF87a")]] },
  { type: "image/gif", parts: [[0, ascii("GIF89a")]] },
  { type: "image/jpeg", parts: [[0, [0xff, 0xd8, 0xff]]] },
  {
    type: "image/webp",
    parts: [
      [0, ascii("RIFF")],
      [8, ascii("WEBP")],
    ],
  },
  { type: "application/pdf", parts: [[0, ascii("%PDF-")]] },
  { type: "application/zip", parts: [[0, [0x50, 0x4b, 0x03, 0x04]]] },
  // A ZIP without any file.
  { type: "application/zip", parts: [[0, [0x50, 0x4b, 0x05, 0x06]]] },
];

const TOLD: ReadonlySet<string> = new Set(SIGNATURES.map(({ type }) => type));
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["image/jpg", "image/jpeg"],
  ["image/pjpeg", "image/jpeg"],
  ["application/x-zip-compressed", "application/zip"],
  ["", UNKNOWN_TYPE],
]);

/** A content type as it is compared: small letters, no parameters, one name for each. */
export function normalType(type: string): string {
  const bare = (type.split(";", 1)[0] ?? "").trim().toLowerCase();
  return ALIASES.get(bare) ?? bare;
}

/** What the first bytes of a file say it is; undefined where they do not. */
export function typeOfBytes(head: Uint8Array): string | undefined {
  return SIGNATURES.find(({ parts }) => parts.every(([at, bytes]) => bytes.every((byte, index) => head[at + index] === byte)))?.type;
}

/**
 * The type a file has: what its bytes say, else what was declared. A declaration that they contradict is refused. ZIP
 * alone may be called something else: documents, packages and books are ZIPs.
 */
export function checkType(declared: string, head: Uint8Array): Result<string, WireError> {
  const told = typeOfBytes(head);
  if (told === declared || (told === undefined && !TOLD.has(declared))) return ok(declared);
  if (told !== undefined && declared === UNKNOWN_TYPE) return ok(told);
  if (told === "application/zip" && !TOLD.has(declared) && declared.startsWith("application/")) return ok(declared);
  const message = told === undefined ? `these are not the bytes of ${declared}` : `declared as ${declared}, but the bytes are ${told}`;
  return err(wireError("unsupported_type", { field: "type", message }));
}
