import { crc32, deflateSync } from "node:zlib";

/** A PNG that anybody can open, different for each seed: colours that flow, and grain so that it does not compress to nothing. */
export function makePicture(width: number, height: number, seed: number): Buffer {
  const random = xorshift(seed);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    // The first byte of a row names its filter: none.
    let at = y * (1 + width * 3) + 1;
    for (let x = 0; x < width; x++) {
      const wave = Math.sin((x * seed) / 40) + Math.cos((y + x) / 23);
      for (const phase of [0, 2, 4]) rows[at++] = Math.floor(128 + 40 * Math.sin(wave + phase) + (random() & 63));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function xorshift(seed: number): () => number {
  let state = seed * 2_654_435_761 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
