import { gifSize } from "./image-headers/gif.ts";
import { jpegHeader } from "./image-headers/jpeg.ts";
import { pngSize } from "./image-headers/png.ts";
import { webpSize } from "./image-headers/webp.ts";
import { typeOfBytes } from "./media-type.ts";

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export interface ImageHeader extends ImageSize {
  readonly type: "image/png" | "image/jpeg" | "image/gif" | "image/webp";
  /** EXIF's number for how it has to be turned, 1 to 8; JPEG only. */
  readonly orientation: number;
}

/**
 * What an image says of itself, read without decoding it, so that what decoding will take is known before it begins. Where a
 * format names its size more than once, the largest counts. Undefined: no image we know, or its header is broken.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const type = typeOfBytes(bytes);
  switch (type) {
    case "image/png":
      return headerOf(type, pngSize(bytes));
    case "image/gif":
      return headerOf(type, gifSize(bytes));
    case "image/webp":
      return headerOf(type, webpSize(bytes));
    case "image/jpeg": {
      const found = jpegHeader(bytes);
      return headerOf(type, found, found?.orientation);
    }
    default:
      return undefined;
  }
}

function headerOf(type: ImageHeader["type"], size: ImageSize | undefined, orientation = 1): ImageHeader | undefined {
  return size === undefined || size.width < 1 || size.height < 1 ? undefined : { type, width: size.width, height: size.height, orientation };
}
