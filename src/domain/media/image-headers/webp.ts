import type { ImageSize } from "../image-header.ts";
import { viewOf, wordAt } from "./view.ts";

/** More chunks than any decoder meets before the first picture. */
const CHUNKS_MAX = 64;

/** WebP container (RFC 9649): the canvas, the pictures on it, and the frames of an animation. The largest of them counts. */
export function webpSize(bytes: Uint8Array): ImageSize | undefined {
  const view = viewOf(bytes);
  let [width, height] = [0, 0];
  let at = 12;
  for (let chunk = 0; chunk < CHUNKS_MAX && at + 8 <= bytes.length; chunk++) {
    const kind = wordAt(bytes, at, 4);
    const size = chunkSize(view, kind, at + 8);
    if (size === "broken") return undefined;
    width = Math.max(width, size?.width ?? 0);
    height = Math.max(height, size?.height ?? 0);
    const length = view.getUint32(at + 4, true);
    // A frame's own chunks stand inside it, after 16 bytes.
    at += kind === "ANMF" ? 24 : 8 + length + (length & 1);
  }
  return width === 0 ? undefined : { width, height };
}

function chunkSize(view: DataView, kind: string, at: number): ImageSize | undefined | "broken" {
  const left = view.byteLength - at;
  switch (kind) {
    case "VP8X":
      return left < 10 ? "broken" : { width: 1 + uint24(view, at + 4), height: 1 + uint24(view, at + 7) };
    case "ANMF":
      return left < 16 ? "broken" : { width: 1 + uint24(view, at + 6), height: 1 + uint24(view, at + 9) };
    case "VP8 ":
      // RFC 6386 section 9.1: 14 bits each after the start code.
      return left < 10 ? "broken" : { width: view.getUint16(at + 6, true) & 0x3fff, height: view.getUint16(at + 8, true) & 0x3fff };
    case "VP8L": {
      if (left < 5) return "broken";
      const bits = view.getUint32(at + 1, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    default:
      return undefined;
  }
}

const uint24 = (view: DataView, at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
