import { TYPE_BYTES } from "../../domain/media/media-type.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { concatBytes } from "../../util/bytes.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { messageOf } from "../log.ts";

/** The bytes of a request, begun. */
export interface BegunBody {
  /** The first bytes: enough to tell a type, or all there are. */
  readonly head: Uint8Array;
  /** Streams all of it, in constant memory, to who stores it. Exactly so many bytes: with fewer or more nothing is stored. */
  storeTo<T>(store: (stream: ReadableStream) => Promise<T>): Promise<Result<T, WireError>>;
  cancel(): Promise<void>;
}

/** `size` is what was declared before; a Content-Length that says otherwise is refused before a byte is read. */
export async function beginBody(request: Request, size: number): Promise<Result<BegunBody, WireError>> {
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) !== size) return err(wrongSize(size));
  const { body } = request;
  if (body === null) return err(wrongSize(size));
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  const head = await readHead(reader);
  return ok({
    head,
    storeTo: (store) => storeExactly(reader, body, head, size, store),
    cancel: () => reader.cancel().catch(() => {}),
  });
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

async function storeExactly<T>(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  body: ReadableStream<Uint8Array>,
  head: Uint8Array,
  size: number,
  store: (stream: ReadableStream) => Promise<T>,
): Promise<Result<T, WireError>> {
  const { readable, writable } = new FixedLengthStream(size);
  const [stored, piped] = await Promise.allSettled([store(readable), pipe(reader, body, head, writable)]);
  if (stored.status === "fulfilled" && piped.status === "fulfilled") return ok(stored.value);
  if (piped.status === "rejected" && /FixedLengthStream/.test(messageOf(piped.reason))) return err(wrongSize(size));
  throw stored.status === "rejected" ? stored.reason : new Error("the body ended early");
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
