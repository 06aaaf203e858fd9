import { MEDIA_LIMITS } from "../../protocol/limits.ts";

/** Puts a stream of unknown length into a bucket: all but the last part are of one size, and one part at a time is in memory. How many bytes it had. */
export async function storeStream(bucket: R2Bucket, key: string, stream: ReadableStream<Uint8Array>, options: R2MultipartOptions): Promise<number> {
  let part = new Uint8Array(MEDIA_LIMITS.mediaPartBytes);
  let filled = 0;
  let whole = 0;
  let upload: R2MultipartUpload | undefined;
  const parts: R2UploadedPart[] = [];
  try {
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length; ) {
        const taken = chunk.subarray(at, at + part.length - filled);
        part.set(taken, filled);
        at += taken.length;
        filled += taken.length;
        whole += taken.length;
        if (filled < part.length) continue;
        upload ??= await bucket.createMultipartUpload(key, options);
        parts.push(await upload.uploadPart(parts.length + 1, part));
        part = new Uint8Array(MEDIA_LIMITS.mediaPartBytes);
        filled = 0;
      }
    }
    if (upload === undefined) await bucket.put(key, part.subarray(0, filled), options);
    else {
      if (filled > 0) parts.push(await upload.uploadPart(parts.length + 1, part.subarray(0, filled)));
      await upload.complete(parts);
    }
    return whole;
  } catch (error) {
    await upload?.abort().catch(() => {});
    throw error;
  }
}
