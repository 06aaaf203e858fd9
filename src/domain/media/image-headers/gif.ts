import type { ImageSize } from "../image-header.ts";
import { viewOf } from "./view.ts";

const IMAGE = 0x2c;
const EXTENSION = 0x21;
const SCREEN_END = 13;

/** GIF89a: the screen, and the first image on it, which may be larger than the screen and is what gets decoded. */
export function gifSize(bytes: Uint8Array): ImageSize | undefined {
  if (bytes.length < SCREEN_END) return undefined;
  const view = viewOf(bytes);
  const screen = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  for (let at = SCREEN_END + colourTableBytes(view.getUint8(10)); at < bytes.length; ) {
    const block = view.getUint8(at);
    if (block === IMAGE) {
      if (at + 10 > bytes.length) return undefined;
      return { width: Math.max(screen.width, view.getUint16(at + 5, true)), height: Math.max(screen.height, view.getUint16(at + 7, true)) };
    }
    if (block !== EXTENSION) return undefined;
    at = afterSubBlocks(bytes, at + 2);
  }
  return undefined;
}

const colourTableBytes = (packed: number): number => ((packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1));

/** Sub-blocks have their length before them; one of none ends them. */
function afterSubBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let length = bytes[at] ?? 0; length > 0; length = bytes[at] ?? 0) at += length + 1;
  return at + 1;
}
