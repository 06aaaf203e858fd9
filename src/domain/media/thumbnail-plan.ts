import { type WireError, wireError } from "../../protocol/errors.ts";
import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type ImageSize, readImageHeader } from "./image-header.ts";

/** How an image is made small: first to `width` × `height` as it lies, then turned. */
export interface ThumbnailPlan extends ImageSize {
  readonly orientation: number;
}

export const isImageType = (type: string): boolean => ["image/png", "image/jpeg", "image/gif", "image/webp"].includes(type);

/** Widths come in steps, so that one image has few thumbnails. */
const STEP = 64;
export const thumbnailWidth = (asked: number): number => Math.ceil(asked / STEP) * STEP;

/** Decides from the file's header alone whether it may be decoded, and what becomes of it. */
export function planThumbnail(bytes: Uint8Array, width: number): Result<ThumbnailPlan, WireError> {
  const header = readImageHeader(bytes);
  if (header === undefined) return err(noImage);
  const { orientation } = header;
  if (header.width * header.height > MEDIA_LIMITS.thumbnailSourcePixels)
    return err(
      wireError("too_large", {
        field: "pixels",
        limit: MEDIA_LIMITS.thumbnailSourcePixels,
        message: `${header.width} × ${header.height} is more than is made small`,
      }),
    );
  const [long, short] = [Math.max(header.width, header.height), Math.min(header.width, header.height)];
  if (long > short * MEDIA_LIMITS.thumbnailRatio)
    return err(wireError("too_large", { field: "ratio", limit: MEDIA_LIMITS.thumbnailRatio, message: "one side is too much longer than the other" }));
  // Turned by a quarter, its height as it lies becomes its width.
  const shown = isQuarterTurned(orientation) ? header.height : header.width;
  // A small image is not blown up; a tall one is no taller than the widest is wide, four times over.
  const scale = Math.min(1, width / shown, (4 * MEDIA_LIMITS.thumbnailWidthMax) / long);
  return ok({ orientation, width: scaled(header.width, scale), height: scaled(header.height, scale) });
}

export const noImage: WireError = wireError("unsupported_type", { field: "media", message: "not a whole PNG, JPEG, GIF or WebP" });

export const isQuarterTurned = (orientation: number): boolean => orientation >= 5;

const scaled = (side: number, scale: number): number => Math.max(1, Math.round(side * scale));
