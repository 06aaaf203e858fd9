import { MEDIA_TIMINGS } from "../../protocol/limits.ts";
import type { Client } from "../client.ts";

/** What every transfer needs: the login, and how long things take. */
export interface MediaContext {
  readonly client: Pick<Client, "fetch">;
  readonly timings: MediaTimings;
}

export interface MediaTimings {
  readonly progressMs: number;
  readonly partMs: number;
  readonly stallMs: number;
  readonly retryMs: number;
  readonly retryCapMs: number;
}

export const mediaTimings = (scale: number): MediaTimings => ({
  progressMs: MEDIA_TIMINGS.mediaProgressMs * scale,
  partMs: MEDIA_TIMINGS.mediaPartMs * scale,
  stallMs: MEDIA_TIMINGS.mediaStallMs * scale,
  retryMs: MEDIA_TIMINGS.mediaRetryMs * scale,
  retryCapMs: MEDIA_TIMINGS.mediaRetryCapMs * scale,
});

/** A JSON answer. Its inside is the service's promise, as with requests on the socket. */
export async function askJson<T>({ client }: MediaContext, method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const answer = await client.fetch(path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    ...(signal !== undefined && { signal }),
  });
  return (await answer.json()) as T;
}
