import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import type { Bytes } from "../../util/bytes.ts";
import { toHex } from "../../util/hex.ts";
import { encodeUtf8 } from "../../util/text.ts";
import type { MediaFile } from "./media-pass.ts";

const DAY_MS = 24 * 3_600_000;
/** Enough that no two users of a deployment share one. */
const OWNER_BYTES = 12;

/** What all files stand under, the day of their expiry first: the oldest come first in a list, and nothing has to be looked up to remove them. */
export const MEDIA_PREFIX = "media/";

/** Everything of one file begins so. */
export const fileFolder = ({ appId, object, expiresAtMs }: MediaFile): string => `${MEDIA_PREFIX}${dayOf(expiresAtMs)}/${appId}/${object}/`;
export const fileKey = (file: MediaFile): string => `${fileFolder(file)}file`;
export const thumbnailKey = (file: MediaFile, width: number): string => `${fileFolder(file)}thumbnail-${width}`;

/** What the files of one owner are named after: nobody else can work it out, or tell whose a file is. */
export async function ownerMark(appId: string, owner: UserId, secret: Bytes, crypto: Signer): Promise<string> {
  const mark = await crypto.hmacSha256(secret, encodeUtf8(`wigwag file owner\0${appId}\0${owner}`), "kept");
  return toHex(mark.subarray(0, OWNER_BYTES));
}

/** Where all files of an owner stand that end on any of these days, oldest first. */
export function ownerFolders(appId: string, mark: string, nowMs: number): string[] {
  const days = Math.ceil(MEDIA_LIMITS.mediaKeptMs / DAY_MS);
  return Array.from({ length: days + 1 }, (_, day) => `${MEDIA_PREFIX}${dayOf(nowMs + day * DAY_MS)}/${appId}/${mark}-`);
}

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
