import { assert } from "./assert.ts";
import type { Bytes } from "./bytes.ts";
import { encodeUtf8 } from "./text.ts";

/** Writes little-endian unsigned integers and length-prefixed blocks. A value out of range is a fault of the caller. */
export class ByteWriter {
  readonly #bytes: number[] = [];

  uint8(value: number): this {
    return this.#unsigned(value, 1);
  }

  uint16(value: number): this {
    return this.#unsigned(value, 2);
  }

  uint32(value: number): this {
    return this.#unsigned(value, 4);
  }

  /** Eight bytes that hold what JavaScript counts exactly: below 2^53. */
  uint53(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} is no unsigned integer that a number holds exactly`);
    return this.uint32(value % 2 ** 32).uint32(Math.floor(value / 2 ** 32));
  }

  bytes(bytes: Uint8Array): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  /** A uint16 length and the bytes. */
  block(bytes: Uint8Array): this {
    return this.uint16(bytes.length).bytes(bytes);
  }

  /** A block of UTF-8. */
  string(text: string): this {
    return this.block(encodeUtf8(text));
  }

  finish(): Bytes {
    return Uint8Array.from(this.#bytes);
  }

  #unsigned(value: number, width: 1 | 2 | 4): this {
    assert(Number.isInteger(value) && value >= 0 && value < 2 ** (8 * width), `${value} does not fit ${width} bytes`);
    for (let byte = 0; byte < width; byte++) this.#bytes.push((value >>> (8 * byte)) & 0xff);
    return this;
  }
}
