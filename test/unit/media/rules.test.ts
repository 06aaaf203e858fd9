import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRange } from "../../../src/domain/media/byte-range.ts";
import { fileKey, isOver, partKey, partOfKey, thumbnailKey } from "../../../src/domain/media/media-keys.ts";
import { checkType, normalType, typeOfBytes } from "../../../src/domain/media/media-type.ts";
import { Slots } from "../../../src/domain/media/slots.ts";

describe("a range", () => {
  it.each([
    ["bytes=0-0", { offset: 0, length: 1 }],
    ["bytes=10-19", { offset: 10, length: 10 }],
    ["bytes=90-", { offset: 90, length: 10 }],
    ["bytes=90-1000", { offset: 90, length: 10 }],
    ["bytes=-10", { offset: 90, length: 10 }],
    ["bytes=-1000", { offset: 0, length: 100 }],
    ["BYTES=5-5", { offset: 5, length: 1 }],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=999999999999999-", "unsatisfiable"],
    ["bytes=20-10", undefined],
    ["bytes=0-1,5-6", undefined],
    ["bytes=-", undefined],
    ["lines=1-2", undefined],
    ["", undefined],
    [null, undefined],
  ])("[MD20] of %j of a hundred bytes", (header, range) => {
    expect(parseRange(header, 100)).toEqual(range);
  });

  it("[MD20] never leaves the file", () => {
    fc.assert(
      fc.property(fc.option(fc.nat(300)), fc.option(fc.nat(300)), fc.integer({ min: 1, max: 200 }), (first, last, size) => {
        const range = parseRange(`bytes=${first ?? ""}-${last ?? ""}`, size);
        if (typeof range !== "object") return;
        expect(range.length).toBeGreaterThan(0);
        expect(range.offset + range.length).toBeLessThanOrEqual(size);
      }),
    );
  });
});

describe("a file's type", () => {
  const text = (words: string) => new TextEncoder().encode(words);
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0);
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);

  it.each([
    ["image/png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ["image/gif", text("GIF87a")],
    ["image/jpeg", jpeg],
    ["image/webp", text("RIFF....WEBPVP8 ")],
    ["application/pdf", text("%PDF-1.7")],
    ["application/zip", zip],
    [undefined, text("hello")],
    [undefined, text("RIFF....WAVE")],
    [undefined, new Uint8Array(0)],
  ])("[MD15] is %s by its bytes", (type, head) => {
    expect(typeOfBytes(head)).toBe(type);
  });

  it.each([
    ["application/octet-stream", jpeg, "image/jpeg"],
    ["image/jpg", jpeg, "image/jpeg"],
    ["IMAGE/JPEG; q=1", jpeg, "image/jpeg"],
    ["", text("hello"), "application/octet-stream"],
    ["text/plain;charset=utf-8", text("hello"), "text/plain"],
    ["application/epub+zip", zip, "application/epub+zip"],
    ["image/png", jpeg, undefined],
    ["text/html", jpeg, undefined],
    ["image/png", text("<html>"), undefined],
    ["application/pdf", zip, undefined],
    ["text/plain", zip, undefined],
  ])("[MD15] declared as %j", (declared, head, type) => {
    const checked = checkType(normalType(declared), head);
    expect(checked.ok ? checked.value : checked.error.code).toBe(type ?? "unsupported_type");
  });
});

describe("where a file stands", () => {
  const file = { appId: "a".repeat(32), object: "b".repeat(32), size: 1, type: "x/y", expiresAtMs: Date.UTC(2030, 0, 2, 13) };

  it("[MD40] tells its last day, and it is over when that day is", () => {
    for (const key of [fileKey(file), thumbnailKey(file, 64), partKey(file, 3)]) {
      expect(key.startsWith("media/2030-01-02/")).toBe(true);
      expect(isOver(key, Date.UTC(2030, 0, 2, 23, 59, 59, 999))).toBe(false);
      expect(isOver(key, Date.UTC(2030, 0, 3))).toBe(true);
    }
    for (const key of ["backup/1970-01-01/x", "media/readme", "media/1970-1-1/x"]) expect(isOver(key, Date.UTC(2030, 0, 3))).toBe(false);
  });

  it("[MD12] tells which part has come", () => {
    expect(partOfKey(file, partKey(file, 6))).toBe(6);
    expect(partOfKey(file, fileKey(file))).toBeUndefined();
  });
});

describe("slots", () => {
  it("[MD18] are so many by key, come back once each, and count no longer when their end was not seen", () => {
    const slots = new Slots(1_000);
    const first = slots.take("ada", 2, 0);
    expect([slots.take("ada", 2, 0), slots.take("grace", 2, 0)]).not.toContain(undefined);
    expect(slots.take("ada", 2, 500)).toBeUndefined();
    first?.();
    first?.();
    expect(slots.take("ada", 2, 500)).toBeDefined();
    expect(slots.take("ada", 2, 500)).toBeUndefined();
    expect(slots.take("ada", 2, 1_000)).toBeDefined();
  });
});
