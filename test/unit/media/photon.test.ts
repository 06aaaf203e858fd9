import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readImageHeader } from "../../../src/domain/media/image-header.ts";
import { planThumbnail } from "../../../src/domain/media/thumbnail-plan.ts";
import { PhotonInstance } from "../../../src/server/media/photon.ts";
import { noisePng } from "../../support/noise-png.ts";
import { png } from "./images.ts";

const module = new WebAssembly.Module(readFileSync(createRequire(import.meta.url).resolve("@cf-wasm/photon/photon.wasm")));
const GIF = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64");
const WEBP = Buffer.from("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA", "base64");
const PICTURE = Uint8Array.from(noisePng(40));

describe("the image library", () => {
  it("[MD30] makes each kind of image small", () => {
    const instance = new PhotonInstance(module);
    const jpeg = instance.jpeg(instance.shrink(PICTURE, { width: 40, height: 40 }), 90);
    for (const image of [PICTURE, jpeg, GIF, WEBP]) {
      const small = instance.jpeg(instance.shrink(image, { width: 20, height: 10 }), 80);
      expect(readImageHeader(small)).toEqual({ type: "image/jpeg", width: 20, height: 10, orientation: 1 });
    }
    expect(instance.isWorthKeeping).toBe(true);
  });

  it("[MD34] is thrown away when bytes have made it trap; another takes its place", () => {
    const instance = new PhotonInstance(module);
    expect(() => instance.shrink(png(5, 5), { width: 5, height: 5 })).toThrow();
    expect(instance.isWorthKeeping).toBe(false);
    expect(() => instance.shrink(PICTURE, { width: 5, height: 5 })).toThrow("trapped");
    expect(new PhotonInstance(module).shrink(PICTURE, { width: 5, height: 5 }).rgba).toHaveLength(100);
  });

  it("[MD33] is not kept when an image has made its memory large", () => {
    const instance = new PhotonInstance(module);
    instance.shrink(Uint8Array.from(noisePng(1_500)), { width: 64, height: 64 });
    expect(instance.isWorthKeeping).toBe(false);
  });

  it("[MD34] no bytes do more than make it refuse", () => {
    const made = new PhotonInstance(module);
    const jpeg = made.jpeg(made.shrink(PICTURE, { width: 40, height: 40 }), 60);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    let [unharmed, refused] = [0, 0];
    fc.assert(
      fc.property(
        fc.constantFrom<Uint8Array>(PICTURE, jpeg, GIF, WEBP),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat()),
        (image, changes, cut) => {
          const bytes = Uint8Array.from(cut === null ? image : image.subarray(0, cut % image.length));
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const plan = planThumbnail(bytes, 64);
          if (!plan.ok) return;
          const instance = new PhotonInstance(module);
          try {
            expect(instance.jpeg(instance.shrink(bytes, plan.value), 80).length).toBeGreaterThan(0);
            unharmed += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(WebAssembly.RuntimeError);
            refused += 1;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(Math.min(unharmed, refused)).toBeGreaterThan(0);
  });
});
