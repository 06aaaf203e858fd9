import { IMAGE_BYTES_MAX, isImageType } from "./image-wire.ts";

export interface Picture {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Longest edges to try for a photo that is too large. */
const EDGES = [2048, 1600, 1200, 800];
const QUALITY = 0.85;

/** The file as it is, or, if it is too large, a smaller picture of it. */
export async function readPicture(file: File): Promise<Picture> {
  if (isImageType(file.type) && file.size <= IMAGE_BYTES_MAX) return { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()) };
  if (!file.type.startsWith("image/")) throw new Error(`${file.name} is not a picture.`);
  const image = await createImageBitmap(file).catch(() => undefined);
  if (image === undefined) throw new Error(`${file.name} cannot be read as a picture.`);
  for (const edge of EDGES) {
    const blob = await shrink(image, edge);
    if (blob.size <= IMAGE_BYTES_MAX) return { name: file.name, type: blob.type, bytes: new Uint8Array(await blob.arrayBuffer()) };
  }
  throw new Error(`${file.name} is too large.`);
}

function shrink(image: ImageBitmap, edge: number): Promise<Blob> {
  const scale = Math.min(1, edge / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("The picture cannot be made smaller.")) : resolve(blob)), "image/jpeg", QUALITY);
  });
}

/** Undefined where the page's origin is not secure: a phone on the local network over plain HTTP. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  if (globalThis.crypto.subtle === undefined) return undefined;
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
