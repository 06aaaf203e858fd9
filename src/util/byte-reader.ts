import type { Bytes } from "./bytes.ts";
import { decodeUtf8 } from "./text.ts";

class MalformedBytes extends Error {
  override name = "MalformedBytes";
}

/** What `read` makes of `bytes`; undefined when it wants bytes that are not there, or text that is not UTF-8. */
export function readBytes<T>(bytes: Bytes, read: (reader: ByteReader) => T): T | undefined {
  try {
    return read(new ByteReader(bytes));
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}

/** The counterpart of `ByteWriter`, for use inside `readBytes`, which turns malformed bytes into a value. */
export class ByteReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  uint53(): number {
    const value = this.uint32() + this.uint32() * 2 ** 32;
    return Number.isSafeInteger(value) ? value : this.refuse();
  }

  bytes(length: number): Bytes {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  block(): Bytes {
    return this.bytes(this.uint16());
  }

  string(): string {
    const bytes = this.block();
    try {
      return decodeUtf8(bytes);
    } catch {
      return this.refuse();
    }
  }

  /** Everything not read yet. */
  rest(): Bytes {
    return this.bytes(this.#bytes.length - this.#at);
  }

  /** For a format that may not end before its bytes do. */
  end(): void {
    if (this.#at !== this.#bytes.length) this.refuse();
  }

  /** For a reader's own finding that the bytes are not what they should be. */
  refuse(): never {
    throw new MalformedBytes(`malformed near byte ${this.#at}`);
  }

  #advance(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) this.refuse();
    this.#at = start + length;
    return start;
  }
}
