import type { Bytes } from "./bytes.ts";

/** Standard base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Undefined when `text` is not base64; the padding may be missing, but not wrong. */
export function fromBase64(text: string): Bytes | undefined {
  const match = /^([A-Za-z0-9+/]*)(={0,2})$/.exec(text);
  const digits = match?.[1];
  const padding = match?.[2];
  if (digits === undefined || padding === undefined || digits.length % 4 === 1) return undefined;
  if (padding !== "" && (digits.length + padding.length) % 4 !== 0) return undefined;
  return Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
}
