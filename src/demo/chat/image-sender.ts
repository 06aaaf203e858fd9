import type { Picture } from "./image-file.ts";
import { CHUNK_TYPE, chunkCount, encodeChunk, encodeOffer, OFFER_TYPE } from "./image-wire.ts";

/** Sends one message, and resolves when the service has it. */
export type Post = (data: string | Uint8Array, customType: string) => Promise<unknown>;

/** Chunks without an answer: enough to fill the line, few enough that words come between. */
const WINDOW = 6;

export async function sendPicture({ name, type, bytes }: Picture, post: Post, progress: (done: number) => void): Promise<void> {
  const [transfer = 0] = crypto.getRandomValues(new Uint32Array(1));
  await post(encodeOffer({ transfer, name, type, bytes: bytes.byteLength }), OFFER_TYPE);
  const count = chunkCount(bytes.byteLength);
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      await post(encodeChunk(transfer, next++, bytes), CHUNK_TYPE);
      progress(++done / count);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, worker));
}
