import type { MediaFile } from "./media-pass.ts";

/** What all files stand under, the day of their expiry first: the oldest come first in a list, and nothing has to be looked up to remove them. */
export const MEDIA_PREFIX = "media/";

/** Everything of one file begins so. */
export const fileFolder = ({ appId, object, expiresAtMs }: MediaFile): string => `${MEDIA_PREFIX}${dayOf(expiresAtMs)}/${appId}/${object}/`;
export const fileKey = (file: MediaFile): string => `${fileFolder(file)}file`;
export const thumbnailKey = (file: MediaFile, width: number): string => `${fileFolder(file)}thumbnail-${width}`;

/** A part that has come leaves an empty object, because the store does not tell which it has. */
export const partsFolder = (file: MediaFile): string => `${fileFolder(file)}parts/`;
export const partKey = (file: MediaFile, part: number): string => `${partsFolder(file)}${part}`;
export function partOfKey(file: MediaFile, key: string): number | undefined {
  const part = Number(key.slice(partsFolder(file).length));
  return Number.isInteger(part) && part > 0 ? part : undefined;
}

/** True when the day in the key is over; false also for keys that are not of this shape, which are nobody's to remove. */
export function isOver(key: string, nowMs: number): boolean {
  const day = /^media\/(\d{4}-\d{2}-\d{2})\//.exec(key)?.[1];
  return day !== undefined && day < dayOf(nowMs);
}

const dayOf = (timeMs: number): string => new Date(timeMs).toISOString().slice(0, 10);
