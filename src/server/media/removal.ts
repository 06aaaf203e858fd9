import { fileFolder, isOver, MEDIA_PREFIX } from "../../domain/media/media-keys.ts";
import type { MediaFile } from "../../domain/media/media-pass.ts";
import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";

/** The file with its thumbnails and what its parts have left. */
export async function removeFile(bucket: R2Bucket, file: MediaFile): Promise<void> {
  const { objects } = await bucket.list({ prefix: fileFolder(file) });
  await bucket.delete(objects.map(({ key }) => key));
}

/**
 * Hourly: files whose day is over. The oldest stand first, so a run that is cut is gone on with by the next; where more
 * expires than runs remove, reading refuses it all the same.
 */
export async function expireMedia({ MEDIA: bucket }: Pick<Env, "MEDIA">, nowMs: number, perRound: number = MEDIA_LIMITS.mediaPerRemoval): Promise<void> {
  if (bucket === undefined) return;
  let removed = 0;
  try {
    for (let round = 0; round < MEDIA_LIMITS.mediaRemovals; round++) {
      const { objects, truncated } = await bucket.list({ prefix: MEDIA_PREFIX, limit: perRound });
      const over = objects.map(({ key }) => key).filter((key) => isOver(key, nowMs));
      if (over.length > 0) await bucket.delete(over);
      removed += over.length;
      const last = objects.at(-1)?.key;
      if (!truncated || last === undefined || !isOver(last, nowMs)) break;
    }
  } catch (error) {
    logLine("media.not-removed", { message: messageOf(error) });
  }
  if (removed > 0) logLine("media.removed", { objects: removed });
}
