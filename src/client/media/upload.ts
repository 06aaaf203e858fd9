import { MEDIA_LIMITS } from "../../protocol/limits.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import { askJson, type MediaContext } from "./context.ts";
import type { Upload } from "./options.ts";
import { persist, within } from "./retry.ts";
import { Teller } from "./teller.ts";

type MediaInfo = OutputOf<"media.complete">;
type Parts = OutputOf<"media.parts">;

export async function upload(context: MediaContext, file: Blob, options: Upload): Promise<MediaInfo> {
  const teller = new Teller(file.size, context.timings.progressMs, options.onProgress);
  let done = false;
  try {
    options.signal?.throwIfAborted();
    const small = file.size <= MEDIA_LIMITS.mediaPartBytes && options.resume === undefined;
    const info = await (small ? whole(context, file, options) : inParts(context, file, options, teller));
    teller.bytes = file.size;
    done = true;
    return info;
  } finally {
    teller.stop(done);
  }
}

function whole({ client, timings }: MediaContext, file: Blob, { name, type, signal }: Upload): Promise<MediaInfo> {
  const query = name === undefined ? "" : `?name=${encodeURIComponent(name)}`;
  const headers = { "content-type": type || file.type || UNKNOWN_TYPE };
  return persist(
    async () => {
      const answer = await client.fetch(`/v1/media${query}`, { method: "POST", body: file, headers, signal: within(timings.partMs, signal) });
      return (await answer.json()) as MediaInfo;
    },
    timings,
    signal,
  );
}

async function inParts(context: MediaContext, file: Blob, options: Upload, teller: Teller): Promise<MediaInfo> {
  const { timings } = context;
  const { signal } = options;
  const begun = options.resume ?? (await begin(context, file, options));
  const address = `/v1/uploads/${begun}`;
  options.onBegin?.(begun);
  // One part that fails for good ends the others.
  const failed = new AbortController();
  const ended = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  try {
    const asked = () => askJson<Parts>(context, "GET", address, undefined, ended);
    const { there, parts, partBytes } = await persist(asked, timings, ended);
    const sizeOf = (part: number) => Math.min(partBytes, file.size - (part - 1) * partBytes);
    for (const part of there) teller.bytes += sizeOf(part);
    const missing = range(parts)
      .filter((part) => !there.includes(part))
      [Symbol.iterator]();
    const send = async (part: number, failures: number) => {
      // Only the answer may have been lost.
      if (failures > 0 && (await asked()).there.includes(part)) return;
      const body = file.slice((part - 1) * partBytes, (part - 1) * partBytes + sizeOf(part));
      await context.client.fetch(`${address}/parts/${part}`, { method: "PUT", body, signal: within(timings.partMs, ended) });
    };
    const worker = async () => {
      for (const part of missing) {
        await persist((failures) => send(part, failures), timings, ended);
        teller.bytes += sizeOf(part);
      }
    };
    await Promise.all(Array.from({ length: MEDIA_LIMITS.mediaPartsAtOnce }, worker));
    return await persist(() => askJson<MediaInfo>(context, "POST", `${address}/complete`, {}, ended), timings, ended);
  } catch (error) {
    failed.abort(error);
    // Cancelled or refused: nothing of it is of use. Else it can be resumed.
    if (signal?.aborted || isFinal(error)) await askJson(context, "DELETE", address).catch(() => {});
    throw error;
  }
}

async function begin(context: MediaContext, file: Blob, { name, type, signal }: Upload): Promise<string> {
  const declared = (type || file.type || UNKNOWN_TYPE).split(";", 1)[0];
  const body = { size: file.size, type: declared, ...(name !== undefined && { name }) };
  const { upload } = await persist(() => askJson<OutputOf<"media.begin">>(context, "POST", "/v1/uploads", body, signal), context.timings, signal);
  return upload;
}

const UNKNOWN_TYPE = "application/octet-stream";
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
const isFinal = (error: unknown): boolean => error instanceof Error && "retry" in error && error.retry === "never";
