import type { Profile } from "../../client/chat/index.ts";

/** Files are kept for a week, and for those they were made for: a face is for everybody and for good, so it stands in the profile itself, as small as that asks for. */
const KEY = "picture";
const PICTURE = /^data:image\/(webp|jpeg);base64,[\w+/=]+$/;

/** What a whole profile may have, and what is left for its texts. */
const PROFILE_BYTES = 2_048;
const TEXT_BYTES = 500;
const EDGES = [96, 80, 64, 48, 40];
const QUALITIES = [0.8, 0.6, 0.45, 0.3];

/** Others' programs may have put anything there. */
export function pictureIn(profile: Profile | undefined): string | undefined {
  const value = profile?.custom?.find(({ key }) => key === KEY)?.value;
  return value !== undefined && PICTURE.test(value) ? value : undefined;
}

/** What is set in the profile: the picture, or none. */
export const withPicture = (picture: string): Profile => ({ custom: [{ key: KEY, value: picture }] });

/** The middle of a picture, as large as there is room for. Undefined: it is none. */
export async function makePicture(file: Blob, profile: Profile): Promise<string | undefined> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (image === undefined) return undefined;
  const { custom: _, ...texts } = profile;
  const room = Math.min(PROFILE_BYTES - TEXT_BYTES, PROFILE_BYTES - 64 - new TextEncoder().encode(JSON.stringify(texts)).byteLength);
  for (const edge of EDGES) {
    for (const quality of QUALITIES) {
      const url = await dataUrl(await smaller(image, edge, quality));
      if (url.length <= room) return url;
    }
  }
  return undefined;
}

async function smaller(image: ImageBitmap, edge: number, quality: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(edge, edge);
  const side = Math.min(image.width, image.height);
  const at = canvas.getContext("2d");
  if (at !== null) {
    at.imageSmoothingQuality = "high";
    // What is transparent is white in a JPEG, so it is everywhere.
    at.fillStyle = "white";
    at.fillRect(0, 0, edge, edge);
    at.drawImage(image, (image.width - side) / 2, (image.height - side) / 2, side, side, 0, 0, edge, edge);
  }
  const made = await canvas.convertToBlob({ type: "image/webp", quality });
  // Not every browser writes WebP: it gives a PNG then.
  return made.type === "image/webp" ? made : canvas.convertToBlob({ type: "image/jpeg", quality });
}

async function dataUrl(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return `data:${blob.type};base64,${btoa(String.fromCharCode(...bytes))}`;
}
