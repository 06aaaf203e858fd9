import { describe, expect, it } from "vitest";
import { type Pixels, uprightOnWhite } from "../../../src/domain/media/pixels.ts";
import { planThumbnail, thumbnailWidth } from "../../../src/domain/media/thumbnail-plan.ts";
import { bytes, exif, gif, jpeg, png, startOfFrame, webp } from "./images.ts";

const refusal = (image: Uint8Array) => {
  const plan = planThumbnail(image, 128);
  return plan.ok ? plan.value : `${plan.error.code} ${plan.error.field}`;
};

describe("a thumbnail's plan", () => {
  it("[MD30] keeps the proportions, and makes nothing larger", () => {
    expect(planThumbnail(png(2000, 1000), 256)).toMatchObject({ value: { width: 256, height: 128 } });
    expect(planThumbnail(png(100, 50), 256)).toMatchObject({ value: { width: 100, height: 50 } });
    expect(planThumbnail(png(3000, 150), 64)).toMatchObject({ value: { width: 64, height: 3 } });
  });

  it("[MD30] takes widths in steps", () => {
    expect([64, 65, 128, 200, 512].map(thumbnailWidth)).toEqual([64, 128, 128, 256, 512]);
  });

  it("[MD31] measures the width of an image on its side by how it will be shown", () => {
    expect(planThumbnail(jpeg(exif(6), startOfFrame(2000, 1000)), 100)).toMatchObject({ value: { orientation: 6, width: 200, height: 100 } });
  });

  it.each([
    ["a PNG of four thousand million pixels in 33 bytes", png(65_535, 65_535)],
    ["a GIF whose picture is larger than its screen", gif([1, 1], [65_535, 65_535])],
    ["a WebP whose picture is larger than its canvas", webp.extended([1, 1], [16_383, 16_383])],
    ["an animation whose frame is", webp.animated([1, 1], [9_000, 9_000])],
    ["a JPEG", jpeg(startOfFrame(65_535, 65_535))],
    ["sizes whose product overflows 32 bits", png(0x10000, 0x10000)],
    ["a little more than six megapixels", png(3001, 2000)],
  ])("[MD33] refuses %s before it is unpacked", (_, image) => {
    expect(refusal(image)).toBe("too_large pixels");
  });

  it("[MD33] refuses what is a line rather than an image, and takes the limits themselves", () => {
    expect(refusal(png(2001, 100))).toBe("too_large ratio");
    expect(refusal(png(2000, 100))).toMatchObject({ width: 128, height: 6 });
    expect(refusal(png(3000, 2000))).toMatchObject({ width: 128 });
  });

  it("[MD34] refuses what is no image we know", () => {
    for (const image of [
      bytes([]),
      bytes([1, 2, 3]),
      png(5, 5).subarray(0, 20),
      new TextEncoder().encode("%PDF-1.7 something or other"),
      new TextEncoder().encode("<svg/>"),
    ])
      expect(refusal(image)).toBe("unsupported_type media");
  });
});

describe("pixels", () => {
  /** Two wide, three high; each pixel's red is its number: 1 2 / 3 4 / 5 6. */
  const numbered: Pixels = { width: 2, height: 3, rgba: Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap((red) => [red, 0, 0, 255])) };
  const reds = ({ rgba, width }: Pixels) => {
    const row = [...rgba].filter((_, at) => at % 4 === 0);
    return Array.from({ length: row.length / width }, (_, y) => row.slice(y * width, (y + 1) * width).join("")).join(" ");
  };

  it.each([
    [1, "12 34 56"],
    [2, "21 43 65"],
    [3, "65 43 21"],
    [4, "56 34 12"],
    [5, "135 246"],
    [6, "531 642"],
    [7, "642 531"],
    [8, "246 135"],
  ])("[MD31] orientation %i is turned upright", (orientation, upright) => {
    expect(reds(uprightOnWhite(numbered, orientation))).toBe(upright);
  });

  it("[MD31] transparency shows white", () => {
    const glass = { width: 3, height: 1, rgba: Uint8Array.from([10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 128]) };
    expect([...uprightOnWhite(glass, 1).rgba]).toEqual([255, 255, 255, 255, 10, 20, 30, 255, 127, 127, 127, 255]);
  });
});
