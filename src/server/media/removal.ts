import { fileFolder, isOver, MEDIA_PREFIX, ownerFolders, ownerMark } from "../../domain/media/media-keys.ts";
import type { MediaFile } from "../../domain/media/media-pass.ts";
import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import { sealingOf } from "../access/authenticate.ts";
import type { Env } from "../env.ts";
import { logLine, messageOf } from "../log.ts";

/** The file with its thumbnails and what its parts have left. */
export async function removeFile(bucket: R2Bucket, file: MediaFile): Promise<void> {
  const { objects } = await bucket.list({ prefix: fileFolder(file) });
  await bucket.delete(objects.map(({ key }) => key));
}

/** Some of a user's files, whatever ids they have. True: there may be more. */
export async function removeFilesOf(env: Env, app: string, owner: UserId, nowMs: number, perRound: number = MEDIA_LIMITS.mediaPerRemoval): Promise<boolean> {
  const { MEDIA: bucket } = env;
  const sealing = sealingOf(env);
  if (bucket === undefined) return false;
  if (!sealing.ok) throw new Error(sealing.error.message);
  const mark = await ownerMark(app, owner, sealing.value.secret, sealing.value.crypto);
  for (const prefix of ownerFolders(app, mark, nowMs)) {
    const { objects } = await bucket.list({ prefix, limit: perRound });
    if (objects.length === 0) continue;
    await bucket.delete(objects.map(({ key }) => key));
    return true;
  }
  return false;
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
