import { unzlibSync } from "fflate";
import type { Bytes } from "./bytes.ts";

/**
 * Inflates one zlib stream (RFC 1950, 1951) of a few hundred bytes at once. The platform's streams take many turns of the
 * event loop for it, which cost more than the work. Undefined when the bytes are anything else than one whole stream, or
 * make more than `maxBytes`.
 */
export function inflate(bytes: Bytes, maxBytes: number): Bytes | undefined {
  const content = contentOf(bytes, maxBytes);
  if (content === undefined || content.length > maxBytes || bytes.length < HEADER_BYTES + CHECKSUM_BYTES) return undefined;
  const end = bytes.subarray(-CHECKSUM_BYTES);
  return new DataView(end.buffer, end.byteOffset).getUint32(0) === adler32(content) ? content : undefined;
}

const HEADER_BYTES = 2;
const CHECKSUM_BYTES = 4;

/** The library throws at what is malformed, and leaves length and checksum to its caller; what does not fit is dropped. */
function contentOf(bytes: Bytes, maxBytes: number): Bytes | undefined {
  try {
    return unzlibSync(bytes, { out: new Uint8Array(maxBytes + 1) }) as Bytes;
  } catch {
    return undefined;
  }
}

const ADLER_MODULUS = 65_521;

/** The checksum at a stream's end (RFC 1950 section 8.2). */
function adler32(bytes: Bytes): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % ADLER_MODULUS;
    high = (high + low) % ADLER_MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
