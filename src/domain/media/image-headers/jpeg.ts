import type { ImageSize } from "../image-header.ts";
import { exifOrientation } from "./exif.ts";
import { viewOf, wordAt } from "./view.ts";

export interface JpegHeader extends ImageSize {
  readonly orientation: number;
}

const START_OF_SCAN = 0xda;
const APP1 = 0xe1;
const FILL = 0xff;

/** ITU T.81 annex B: segments up to the first scan. One frame, as a decoder takes; a second makes it no JPEG of ours. */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = viewOf(bytes);
  let frame: ImageSize | undefined;
  let orientation: number | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (view.getUint8(at) !== FILL) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === FILL) {
      at += 1;
      continue;
    }
    if (marker === START_OF_SCAN) return frame && { ...frame, orientation: orientation ?? 1 };
    const length = view.getUint16(at + 2);
    if (!hasLength(marker) || length < 2 || at + 2 + length > bytes.length) return undefined;
    if (isFrame(marker)) {
      if (frame !== undefined || length < 8) return undefined;
      frame = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
    if (marker === APP1 && orientation === undefined && wordAt(bytes, at + 4, 6) === "Exif\0\0")
      orientation = exifOrientation(bytes.subarray(at + 10, at + 2 + length));
    at += 2 + length;
  }
  return undefined;
}

/** SOF0 to SOF15, less DHT, JPG and DAC, which stand among them. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
/** All before the first scan do, but restarts, a second begin, the end, and TEM. */
const hasLength = (marker: number): boolean => marker >= 0xc0 && !(marker >= 0xd0 && marker <= 0xd9);
