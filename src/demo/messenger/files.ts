import type { Chats } from "../../client/chat/index.ts";

const CACHE = "wigwag-messenger-files";
/** Object URLs keep their bytes in memory: the oldest go first. */
const URLS_MAX = 100;
const urls = new Map<string, Promise<string>>();

/** A URL of a picture's small form, or of a whole file: from memory, from the device, else from the service. */
export function fileUrl(chats: Chats, media: string, width?: number): Promise<string> {
  const name = nameOf(media, width);
  const known = urls.get(name);
  if (known !== undefined) return known;
  const made = load(chats, media, width, name).then((blob) => URL.createObjectURL(blob));
  urls.set(name, made);
  made.catch(() => urls.delete(name));
  for (const [oldest, url] of urls) {
    if (urls.size <= URLS_MAX) break;
    urls.delete(oldest);
    url.then(URL.revokeObjectURL, () => {});
  }
  return made;
}

/** A file of one's own is here already: nobody has to load it. */
export function seedFile(media: string, file: Blob, width?: number): void {
  const name = nameOf(media, width);
  if (!urls.has(name)) urls.set(name, Promise.resolve(URL.createObjectURL(file)));
}

const nameOf = (media: string, width: number | undefined): string => `/media/${encodeURIComponent(media)}/${width ?? "whole"}`;

async function load(chats: Chats, media: string, width: number | undefined, name: string): Promise<Blob> {
  // Pages of plain HTTP have no such store.
  const cache = await globalThis.caches?.open(CACHE).catch(() => undefined);
  const kept = await cache?.match(name);
  if (kept !== undefined) return kept.blob();
  const files = chats.media;
  if (files === undefined) throw new Error("there is no connection");
  const blob = width === undefined ? await files.download(media) : await files.thumbnail(media, width);
  await cache?.put(name, new Response(blob, { headers: { "content-type": blob.type } })).catch(() => {});
  return blob;
}

export interface Prepared {
  readonly file: Blob;
  readonly width: number;
  readonly height: number;
}

const EDGE_MAX = 2048;
const BYTES_MAX = 2 * 1024 * 1024;
const QUALITY = 0.85;

/** A picture ready to be sent: as it is, or smaller where it is a large photo. Undefined for what is no picture. */
export async function preparePicture(file: Blob): Promise<Prepared | undefined> {
  if (!file.type.startsWith("image/")) return undefined;
  const image = await createImageBitmap(file).catch(() => undefined);
  if (image === undefined) return undefined;
  const { width, height } = image;
  const isPlain = /^image\/(png|jpeg|webp|gif)$/.test(file.type);
  const scale = Math.min(1, EDGE_MAX / Math.max(width, height));
  if (isPlain && (file.type === "image/gif" || (scale === 1 && file.size <= BYTES_MAX))) return { file, width, height };
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return { file: await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY }), width: canvas.width, height: canvas.height };
}
