import type { Bytes } from "../../util/bytes.ts";
import type { ImageSize } from "./image-header.ts";
import { isQuarterTurned } from "./thumbnail-plan.ts";

/** Four bytes a pixel: red, green, blue, and how much of them covers what is behind. */
export interface Pixels extends ImageSize {
  readonly rgba: Bytes;
}

/** Upright as EXIF's orientation says, and on white, since JPEG knows no transparency. */
export function uprightOnWhite({ rgba, width, height }: Pixels, orientation: number): Pixels {
  const turned = isQuarterTurned(orientation) ? { width: height, height: width } : { width, height };
  const made = new Uint8Array(rgba.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const [toX, toY] = placeOf(x, y, width - 1, height - 1, orientation);
      const to = (toY * turned.width + toX) * 4;
      const cover = rgba[from + 3] ?? 255;
      for (let colour = 0; colour < 3; colour++) made[to + colour] = ((rgba[from + colour] ?? 0) * cover + 255 * (255 - cover) + 127) / 255;
      made[to + 3] = 255;
    }
  }
  return { ...turned, rgba: made };
}

/** Where a pixel goes. The numbers are EXIF's: 2 mirrored, 3 half a turn, 4 both, 5 to 8 the same on their side. */
function placeOf(x: number, y: number, right: number, bottom: number, orientation: number): readonly [x: number, y: number] {
  switch (orientation) {
    case 2:
      return [right - x, y];
    case 3:
      return [right - x, bottom - y];
    case 4:
      return [x, bottom - y];
    case 5:
      return [y, x];
    case 6:
      return [bottom - y, x];
    case 7:
      return [bottom - y, right - x];
    case 8:
      return [y, right - x];
    default:
      return [x, y];
  }
}
