import type { Bytes } from "./bytes.ts";

/** What is no whole stream of this format. */
class Malformed extends Error {
  override name = "Malformed";
}

/**
 * Inflates one zlib stream (RFC 1950, 1951) of a few hundred bytes at once. The platform's streams take many turns of the
 * event loop for it, which cost more than the work. Undefined when the bytes are anything else than one whole stream, or
 * make more than `maxBytes`; it stops working there.
 */
export function inflate(bytes: Bytes, maxBytes: number): Bytes | undefined {
  try {
    return inflateStream(new Bits(bytes), maxBytes);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

const DEFLATE = 8;
const WINDOW_BITS_MAX = 7;
const HAS_DICTIONARY = 0x20;

function inflateStream(bits: Bits, maxBytes: number): Bytes {
  const method = bits.byte();
  const flags = bits.byte();
  if ((method & 15) !== DEFLATE || method >> 4 > WINDOW_BITS_MAX || (flags & HAS_DICTIONARY) !== 0 || (method * 256 + flags) % 31 !== 0) fail();
  const output = new Output(maxBytes);
  for (let last = 0; last === 0; ) {
    last = bits.take(1);
    const kind = bits.take(2);
    if (kind === 0) stored(bits, output);
    else if (kind === 1) compressed(bits, output, FIXED);
    else if (kind === 2) compressed(bits, output, dynamicCodes(bits));
    else fail();
  }
  bits.align();
  const content = output.finish();
  const checksum = ((bits.byte() << 24) | (bits.byte() << 16) | (bits.byte() << 8) | bits.byte()) >>> 0;
  if (checksum !== adler32(content) || !bits.atEnd) fail();
  return content;
}

function fail(): never {
  throw new Malformed("not a whole zlib stream of that size");
}

/** Bits of bytes, the lowest first. */
class Bits {
  readonly #bytes: Bytes;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Of a byte that is begun, the rest is passed over. */
  align(): void {
    this.#held = 0;
    this.#count = 0;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? fail();
  }

  bit(): number {
    if (this.#count === 0) {
      this.#held = this.byte();
      this.#count = 8;
    }
    const bit = this.#held & 1;
    this.#held >>>= 1;
    this.#count -= 1;
    return bit;
  }

  /** At most 16. */
  take(count: number): number {
    while (this.#count < count) {
      this.#held |= this.byte() << this.#count;
      this.#count += 8;
    }
    const value = this.#held & ((1 << count) - 1);
    this.#held >>>= count;
    this.#count -= count;
    return value;
  }
}

const FIRST_BYTES = 512;

class Output {
  readonly #max: number;
  #bytes: Bytes;
  #length = 0;

  constructor(max: number) {
    this.#max = max;
    this.#bytes = new Uint8Array(Math.min(max, FIRST_BYTES));
  }

  put(byte: number): void {
    if (this.#length >= this.#max) fail();
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = byte;
  }

  copy(distance: number, length: number): void {
    if (distance > this.#length) fail();
    for (let left = length; left > 0; left--) this.put(this.#bytes[this.#length - distance] ?? fail());
  }

  finish(): Bytes {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(): void {
    const grown = new Uint8Array(Math.min(this.#max, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

const CODE_BITS_MAX = 15;

/** A canonical Huffman code: how many symbols have each length, and the symbols in order of their codes. */
class Code {
  readonly #count = new Uint16Array(CODE_BITS_MAX + 1);
  readonly #symbols: Uint16Array;

  constructor(lengths: readonly number[]) {
    for (const length of lengths) this.#count[length] = (this.#count[length] ?? 0) + 1;
    const offsets = [0, 0];
    let left = 1;
    for (let bits = 1; bits <= CODE_BITS_MAX; bits++) {
      const count = this.#count[bits] ?? 0;
      left = 2 * left - count;
      if (left < 0) fail();
      offsets.push((offsets[bits] ?? 0) + count);
    }
    // A code that leaves something out is one of a single symbol, or of none.
    const unused = this.#count[0] ?? 0;
    if (left > 0 && lengths.length !== unused + (this.#count[1] ?? 0)) fail();
    this.#symbols = new Uint16Array(lengths.length - unused);
    for (const [symbol, length] of lengths.entries()) {
      if (length === 0) continue;
      const offset = offsets[length] ?? fail();
      this.#symbols[offset] = symbol;
      offsets[length] = offset + 1;
    }
  }

  read(bits: Bits): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      code |= bits.bit();
      const count = this.#count[length] ?? 0;
      if (code - count < first) return this.#symbols[index + code - first] ?? fail();
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return fail();
  }
}

interface Codes {
  readonly lengths: Code;
  readonly distances: Code;
}

const repeat = (value: number, times: number): number[] => Array.from({ length: times }, () => value);
const FIXED: Codes = {
  lengths: new Code([...repeat(8, 144), ...repeat(9, 112), ...repeat(7, 24), ...repeat(8, 8)]),
  // Two of the thirty-two never occur.
  distances: new Code(repeat(5, 32)),
};

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  ...[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769],
  ...[1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577],
];
const DISTANCE_BITS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const END_OF_BLOCK = 256;

function stored(bits: Bits, output: Output): void {
  bits.align();
  const length = bits.byte() | (bits.byte() << 8);
  const inverse = bits.byte() | (bits.byte() << 8);
  if ((length ^ inverse) !== 0xffff) fail();
  for (let left = length; left > 0; left--) output.put(bits.byte());
}

function compressed(bits: Bits, output: Output, { lengths, distances }: Codes): void {
  for (;;) {
    const symbol = lengths.read(bits);
    if (symbol < END_OF_BLOCK) output.put(symbol);
    else if (symbol === END_OF_BLOCK) return;
    else {
      const length = extended(bits, symbol - END_OF_BLOCK - 1, LENGTH_BASE, LENGTH_BITS);
      output.copy(extended(bits, distances.read(bits), DISTANCE_BASE, DISTANCE_BITS), length);
    }
  }
}

const extended = (bits: Bits, symbol: number, base: readonly number[], extra: readonly number[]): number =>
  (base[symbol] ?? fail()) + bits.take(extra[symbol] ?? 0);

const LENGTHS_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const LENGTH_CODES_MAX = 286;
const DISTANCE_CODES_MAX = 30;

function dynamicCodes(bits: Bits): Codes {
  const lengthCodes = bits.take(5) + 257;
  const distanceCodes = bits.take(5) + 1;
  const given = bits.take(4) + 4;
  if (lengthCodes > LENGTH_CODES_MAX || distanceCodes > DISTANCE_CODES_MAX) fail();
  const ordered = repeat(0, LENGTHS_ORDER.length);
  for (const symbol of LENGTHS_ORDER.slice(0, given)) ordered[symbol] = bits.take(3);
  const lengths = codeLengths(bits, new Code(ordered), lengthCodes + distanceCodes);
  if (lengths[END_OF_BLOCK] === 0) fail();
  return { lengths: new Code(lengths.slice(0, lengthCodes)), distances: new Code(lengths.slice(lengthCodes)) };
}

/** Lengths, and how often the one before, or none, comes again. */
function codeLengths(bits: Bits, code: Code, count: number): number[] {
  const lengths: number[] = [];
  while (lengths.length < count) {
    const symbol = code.read(bits);
    if (symbol < 16) lengths.push(symbol);
    else if (symbol === 16) lengths.push(...repeat(lengths.at(-1) ?? fail(), 3 + bits.take(2)));
    else lengths.push(...repeat(0, symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)));
  }
  return lengths.length === count ? lengths : fail();
}

const ADLER_MODULUS = 65_521;

function adler32(bytes: Bytes): number {
  let a = 1;
  let b = 0;
  for (const byte of bytes) {
    a = (a + byte) % ADLER_MODULUS;
    b = (b + a) % ADLER_MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}
