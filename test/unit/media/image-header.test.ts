import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readImageHeader } from "../../../src/domain/media/image-header.ts";
import { exif, gif, jpeg, PNG, png, startOfFrame, webp } from "./images.ts";

const side = fc.integer({ min: 1, max: 16_383 });
const sizeOf = (bytes: Uint8Array) => {
  const header = readImageHeader(bytes);
  return header && [header.width, header.height];
};

describe("an image's header", () => {
  it("[MD32] tells the size of each kind of image", () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        for (const image of [
          png(width, height),
          gif([width, height], [width, height]),
          webp.lossy(width, height),
          webp.lossless(width, height),
          jpeg(startOfFrame(width, height)),
        ])
          expect(sizeOf(image)).toEqual([width, height]);
      }),
    );
  });

  it("[MD32] counts the largest size that is named", () => {
    expect(sizeOf(gif([10, 10], [60_000, 5]))).toEqual([60_000, 10]);
    expect(sizeOf(webp.extended([10, 20], [9_000, 5]))).toEqual([9_000, 20]);
    expect(sizeOf(webp.animated([10, 20], [5, 8_000]))).toEqual([10, 8_000]);
  });

  it("[MD32] has no two frames in a JPEG, which decoders read each in its own way", () => {
    expect(readImageHeader(jpeg(startOfFrame(10, 10), startOfFrame(60_000, 60_000)))).toBeUndefined();
  });

  it("[MD32] knows every sort of JPEG frame, and what stands among their numbers without being one", () => {
    for (const marker of [0xc0, 0xc1, 0xc2, 0xc9, 0xcf]) expect(sizeOf(jpeg(startOfFrame(3, 2, marker)))).toEqual([3, 2]);
    for (const marker of [0xc4, 0xc8, 0xcc]) expect(readImageHeader(jpeg(startOfFrame(3, 2, marker)))).toBeUndefined();
  });

  it("[MD31] tells how a JPEG has to be turned, in either byte order, and 1 where that is nonsense", () => {
    for (const order of ["II", "MM"] as const)
      for (let orientation = 1; orientation <= 8; orientation++)
        expect(readImageHeader(jpeg(exif(orientation, order), startOfFrame(4, 3)))).toMatchObject({ width: 4, height: 3, orientation });
    expect(readImageHeader(jpeg(exif(9), startOfFrame(4, 3)))).toMatchObject({ orientation: 1 });
  });

  it("[MD32] is none where a side has no length", () => {
    for (const image of [png(0, 5), png(5, 0), gif([0, 0], [0, 0]), jpeg(startOfFrame(0, 4))]) expect(readImageHeader(image)).toBeUndefined();
  });

  it("[MD32] no bytes make the reader fail: any, begun like an image, cut, or changed", () => {
    const whole = [png(5, 6), gif([5, 6], [7, 8]), webp.animated([5, 6], [7, 8]), webp.lossless(5, 6), jpeg(exif(6), startOfFrame(5, 6))];
    const begun = fc.tuple(
      fc.constantFrom(PNG, [...gif([1, 1], [1, 1]).subarray(0, 6)], [...webp.lossy(1, 1).subarray(0, 12)], [0xff, 0xd8, 0xff]),
      fc.uint8Array({ maxLength: 400 }),
    );
    const changed = fc.tuple(fc.constantFrom(...whole), fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }));
    const read = (bytes: Uint8Array) => {
      const header = readImageHeader(bytes);
      if (header !== undefined) expect(header.width * header.height).toBeGreaterThan(0);
    };
    fc.assert(
      fc.property(begun, ([head, rest]) => read(Uint8Array.from([...head, ...rest]))),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(changed, ([image, at, cut, byte]) => {
        const copy = Uint8Array.from(image);
        copy[at % copy.length] = byte;
        read(copy);
        read(copy.subarray(0, cut % copy.length));
      }),
      { numRuns: 2_000 },
    );
  });
});
