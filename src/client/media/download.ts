import type { MediaContext } from "./context.ts";
import type { Download } from "./options.ts";
import { persist } from "./retry.ts";
import { Teller } from "./teller.ts";

/** Whatever is cut is taken up where it stopped; only standing still wears the patience out. */
export async function download(context: MediaContext, path: string, { signal, onProgress, range }: Download): Promise<Blob> {
  const { client, timings } = context;
  const teller = new Teller(0, timings.progressMs, onProgress);
  const last = range?.end === undefined ? "" : range.end - 1;
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let etag: string | null = null;
  let type = "";
  let done = false;

  const receive = async (): Promise<void> => {
    if (teller.total > 0 && teller.bytes >= teller.total) return;
    const silence = new Silence(timings.stallMs, signal);
    try {
      const headers = new Headers();
      if (range !== undefined || teller.bytes > 0) headers.set("range", `bytes=${(range?.start ?? 0) + teller.bytes}-${last}`);
      if (etag !== null) headers.set("if-range", etag);
      const answer = await client.fetch(path, { headers, signal: silence.signal });
      if (teller.bytes === 0 || answer.status !== 206) {
        chunks = [];
        teller.bytes = 0;
        teller.total = Number(answer.headers.get("content-length") ?? 0);
      }
      etag = answer.headers.get("etag");
      type = answer.headers.get("content-type") ?? "";
      const reader = answer.body?.getReader();
      for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
        silence.broken();
        chunks.push(next.value);
        teller.bytes += next.value.byteLength;
      }
      if (teller.bytes < teller.total) throw new Error("the download was cut");
    } finally {
      silence.end();
    }
  };

  try {
    await persist(receive, timings, signal, () => teller.bytes);
    teller.total = teller.bytes;
    done = true;
    return new Blob(chunks, { type });
  } finally {
    teller.stop(done);
  }
}

/** Aborts when nothing is heard for so long, or with the caller's own signal. */
class Silence {
  readonly signal: AbortSignal;
  readonly #ms: number;
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ms: number, signal: AbortSignal | undefined) {
    this.#ms = ms;
    this.signal = signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal]);
    this.broken();
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(new DOMException("no bytes came for too long", "TimeoutError")), this.#ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
