import { viewOf, wordAt } from "./view.ts";

const ORIENTATION = 0x0112;
const SHORT = 3;

/** The orientation in a TIFF header as EXIF has it (EXIF 2.3 section 4.6.4): 1 to 8; undefined where it is missing or nonsense. */
export function exifOrientation(tiff: Uint8Array): number | undefined {
  const order = wordAt(tiff, 0, 2);
  if (tiff.length < 8 || (order !== "II" && order !== "MM")) return undefined;
  const little = order === "II";
  const view = viewOf(tiff);
  const directory = view.getUint32(4, little);
  if (directory + 2 > tiff.length) return undefined;
  const entries = view.getUint16(directory, little);
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    if (at + 12 > tiff.length) return undefined;
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    const value = view.getUint16(at + 2, little) === SHORT ? view.getUint16(at + 8, little) : 0;
    return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}
