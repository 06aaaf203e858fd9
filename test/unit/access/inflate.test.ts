import { deflateRawSync, deflateSync, inflateSync, constants as zlib } from "node:zlib";
import { describe, expect, it } from "vitest";
import { inflate } from "../../../src/util/inflate.ts";
import { randomFrom } from "../../support/random.ts";

const MAX = 4_096;
const reference = (bytes: Uint8Array): Uint8Array | undefined => {
  try {
    return new Uint8Array(inflateSync(bytes, { maxOutputLength: MAX }));
  } catch {
    return undefined;
  }
};
const STRATEGIES = [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE, zlib.Z_FIXED];

describe("inflating at once", () => {
  it("[TK25] gives what zlib gives, for whole streams and for altered ones", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const next = randomFrom(seed);
      const pick = (below: number) => Math.floor(next() * below);
      const alphabet = 1 + pick(256);
      const content = Uint8Array.from({ length: pick(2_000) }, () => pick(alphabet));
      const stream = new Uint8Array(deflateSync(content, { level: pick(10), strategy: STRATEGIES[pick(5)] }));
      expect(inflate(stream, MAX), `seed ${seed}`).toEqual(content);
      const at = pick(stream.length);
      stream[at] = (stream[at] ?? 0) ^ (1 << pick(8));
      expect(inflate(stream, MAX), `seed ${seed} altered`).toEqual(reference(stream));
    }
  });

  it("[TK25] stops at the bound, at the end of the bytes, and at bytes that follow", () => {
    const content = new Uint8Array(1_000).fill(7);
    const stream = new Uint8Array(deflateSync(content));
    expect(inflate(stream, 1_000)).toEqual(content);
    expect(inflate(stream, 999)).toBeUndefined();
    for (let length = 0; length < stream.length; length++) expect(inflate(stream.subarray(0, length), MAX)).toBeUndefined();
    expect(inflate(Uint8Array.from([...stream, 0]), MAX)).toBeUndefined();
    expect(inflate(new Uint8Array(deflateRawSync(content)), MAX)).toBeUndefined();
  });
});
