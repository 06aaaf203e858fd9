import type { ImageSize } from "../image-header.ts";
import { viewOf, wordAt } from "./view.ts";

/** PNG section 11.2.1: IHDR is the first chunk, and its size that of the pixels; a decoder makes no more of them. */
export function pngSize(bytes: Uint8Array): ImageSize | undefined {
  if (bytes.length < 33 || wordAt(bytes, 12, 4) !== "IHDR") return undefined;
  const view = viewOf(bytes);
  return view.getUint32(8) === 13 ? { width: view.getUint32(16), height: view.getUint32(20) } : undefined;
}
