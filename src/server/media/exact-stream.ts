import { TYPE_BYTES } from "../../domain/media/media-type.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { concatBytes } from "../../util/bytes.ts";
import { err, ok, type Result } from "../../util/result.ts";

/** The bytes of a request, begun. */
export interface BegunBody {
  /** The first bytes: enough to tell a type, or all there are. */
  readonly head: Uint8Array;
  /** Streams all of it, in constant memory, to who stores it. Exactly so many bytes: with fewer or more nothing is stored. */
  storeTo<T>(store: (stream: ReadableStream) => Promise<T>): Promise<Result<T, WireError>>;
  /** Reads it to its end: who is still sending does not listen to a refusal yet. */
  discard(): Promise<void>;
}

/** `size` is what was declared before; a Content-Length that says otherwise is refused before a byte is read. */
export async function beginBody(request: Request, size: number): Promise<Result<BegunBody, WireError>> {
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) !== size) return err(wrongSize(size));
  if (request.body === null) return err(wrongSize(size));
  // What says its length is held to it by HTTP itself.
  const counted = length === null ? counting(request.body) : undefined;
  const body = counted?.stream ?? request.body;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const head = await readHead(reader);
  return ok({
    head,
    async storeTo(store) {
      const stored = await storeExactly(reader, body, head, size, store);
      if (stored.ok) return stored;
      if (counted !== undefined && counted.bytes() !== size) return err(wrongSize(size));
      throw stored.error;
    },
    discard: () => discard(reader, size),
  });
}

function counting(body: ReadableStream<Uint8Array>): { readonly stream: ReadableStream<Uint8Array>; bytes(): number } {
  let bytes = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      bytes += chunk.byteLength;
      out.enqueue(chunk);
    },
  });
  return { stream: body.pipeThrough(counter), bytes: () => bytes };
}

async function readHead(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < TYPE_BYTES) {
    const next = await reader.read();
    if (next.done) break;
    head = concatBytes(head, next.value);
  }
  return head;
}

async function discard(reader: ReadableStreamDefaultReader<Uint8Array>, max: number): Promise<void> {
  let read = 0;
  for (let next = await reader.read(); !next.done && read <= max; next = await reader.read()) read += next.value.byteLength;
  await reader.cancel();
}

async function storeExactly<T>(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  body: ReadableStream<Uint8Array>,
  head: Uint8Array,
  size: number,
  store: (stream: ReadableStream) => Promise<T>,
): Promise<Result<T, unknown>> {
  const { readable, writable } = new FixedLengthStream(size);
  const [stored, piped] = await Promise.allSettled([store(readable), pipe(reader, body, head, writable)]);
  if (stored.status === "fulfilled" && piped.status === "fulfilled") return ok(stored.value);
  return err(stored.status === "rejected" ? stored.reason : new Error("the body ended early"));
}

/** What was read to look at it, and then the rest the platform's own way, which costs us no time. */
async function pipe(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  body: ReadableStream<Uint8Array>,
  head: Uint8Array,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(head);
  writer.releaseLock();
  reader.releaseLock();
  await body.pipeTo(writable);
}

const wrongSize = (size: number): WireError => wireError("bad_request", { field: "size", limit: size, message: `size: exactly ${size} bytes were declared` });
