/**
 * How a picture travels: an offer (JSON), then its bytes in messages of at most 32 KB, each led by the transfer's number
 * and its own. Messages to one receiver keep their order, so a receiver only has to append.
 */
export const OFFER_TYPE = "demo.image";
export const CHUNK_TYPE = "demo.chunk";

/** The service's limit for one message. */
const MESSAGE_BYTES = 32 * 1024;
const HEADER_BYTES = 8;
const CHUNK_BYTES = MESSAGE_BYTES - HEADER_BYTES;
/** What a room gives back to members who were away is 1 MB; a picture must not push everything else out of it. */
export const IMAGE_BYTES_MAX = 768 * 1024;
const NAME_CHARS_MAX = 100;

/** Types that hold pixels only. SVG can hold scripts. */
const TYPES: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
export const isImageType = (type: string): boolean => TYPES.has(type);
export const ACCEPTED = [...TYPES].join(",");

export interface Offer {
  readonly transfer: number;
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
}

export interface Chunk {
  readonly transfer: number;
  readonly index: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

export const chunkCount = (bytes: number): number => Math.ceil(bytes / CHUNK_BYTES);

export const encodeOffer = (offer: Offer): string => JSON.stringify({ ...offer, name: offer.name.slice(0, NAME_CHARS_MAX) });

/** Undefined for anything a stranger may send instead. */
export function decodeOffer(text: string): Offer | undefined {
  let offer: unknown;
  try {
    offer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof offer !== "object" || offer === null) return undefined;
  const { transfer, name, type, bytes } = offer as Record<keyof Offer, unknown>;
  if (typeof transfer !== "number" || typeof name !== "string" || typeof type !== "string" || typeof bytes !== "number") return undefined;
  const sound = isUint32(transfer) && name.length <= NAME_CHARS_MAX && isImageType(type) && isUint32(bytes) && bytes > 0 && bytes <= IMAGE_BYTES_MAX;
  return sound ? { transfer, name, type, bytes } : undefined;
}

const isUint32 = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 0xffffffff;

export function encodeChunk(transfer: number, index: number, image: Uint8Array): Uint8Array<ArrayBuffer> {
  const data = image.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
  const chunk = new Uint8Array(HEADER_BYTES + data.byteLength);
  const header = new DataView(chunk.buffer);
  header.setUint32(0, transfer);
  header.setUint32(4, index);
  chunk.set(data, HEADER_BYTES);
  return chunk;
}

export function decodeChunk(bytes: Uint8Array): Chunk | undefined {
  if (bytes.byteLength <= HEADER_BYTES) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  return { transfer: header.getUint32(0), index: header.getUint32(4), data: new Uint8Array(bytes.subarray(HEADER_BYTES)) };
}
