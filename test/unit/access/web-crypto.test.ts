import { createHmac } from "node:crypto";
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { webTokenCrypto } from "../../../src/server/access/web-crypto.ts";
import { bytesOf, hex } from "./support.ts";

describe("the WebCrypto port", () => {
  it("[TK6] signs alike with a kept key, a new key, and one forgotten meanwhile", async () => {
    const { hmacSha256 } = webTokenCrypto();
    const message = bytesOf("message");
    const expected = (key: string) => createHmac("sha256", key).update("message").digest("hex");
    for (const round of [1, 2]) {
      for (let n = 0; n < 300; n++) {
        const key = `key ${n}`;
        expect(hex(await hmacSha256(bytesOf(key), message, "kept")), `round ${round}`).toBe(expected(key));
      }
    }
    expect(hex(await hmacSha256(bytesOf("once"), message, "once"))).toBe(expected("once"));
  });

  it("[TK25] inflates up to the bound and not one byte more", async () => {
    const { inflate } = webTokenCrypto();
    const content = new Uint8Array(100_000).fill(65);
    const compressed = new Uint8Array(deflateSync(content));
    expect((await inflate(compressed, content.length))?.length).toBe(content.length);
    expect(await inflate(compressed, content.length - 1)).toBeUndefined();
    expect(await inflate(compressed, 0)).toBeUndefined();
  });

  it("[TK25] inflates the zlib format only, and only whole streams", async () => {
    const { inflate } = webTokenCrypto();
    const content = bytesOf("content ".repeat(20));
    const compressed = new Uint8Array(deflateSync(content));
    expect(await inflate(compressed, 1000)).toEqual(content);
    expect(await inflate(compressed.subarray(0, -1), 1000)).toBeUndefined();
    expect(await inflate(new Uint8Array(), 1000)).toBeUndefined();
    expect(await inflate(new Uint8Array(gzipSync(content)), 1000)).toBeUndefined();
    expect(await inflate(new Uint8Array(deflateRawSync(content)), 1000)).toBeUndefined();
  });

  it("[TK27] inflates what it deflated", async () => {
    const { inflate, deflate } = webTokenCrypto();
    for (const content of [new Uint8Array(), bytesOf("x"), new Uint8Array(50_000)]) {
      expect(await inflate(await deflate(content), content.length)).toEqual(content);
    }
  });
});
