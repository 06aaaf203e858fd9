import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Audience, issueMediaPass, type MediaClaims, verifyMediaPass } from "../../../src/domain/media/media-pass.ts";
import { issueUploadHandle, partCount, partSize, verifyUploadHandle } from "../../../src/domain/media/upload-handle.ts";
import { conversationName } from "../../../src/protocol/conversation-name.ts";
import { MEDIA_LIMITS } from "../../../src/protocol/limits.ts";
import { webTokenCrypto } from "../../../src/server/access/web-crypto.ts";
import { encodeUtf8 } from "../../../src/util/text.ts";

const crypto = webTokenCrypto();
const secret = encodeUtf8("a secret of the service");
const NOW = 1_900_000_000_000;
const APP = "a".repeat(32);
const file = { appId: APP, object: "0123456789abcdef".repeat(2), size: 12_345, type: "image/png", expiresAtMs: NOW + 1 };
const issue = (audience: Audience = { kind: "owner", user: "ada" }, more: Partial<MediaClaims> = {}) =>
  issueMediaPass({ ...file, audience, ...more }, secret, crypto);
const verify = (text: string, appId = APP, nowMs = NOW, key = secret) => verifyMediaPass(text, appId, key, nowMs, crypto);

describe("a media id", () => {
  it("[MD1] says which file, for whom and until when, whatever the names", async () => {
    const name = fc.string({ minLength: 1, maxLength: 16, unit: "grapheme" });
    const audience: fc.Arbitrary<Audience> = fc.oneof(
      name.map((user) => ({ kind: "owner" as const, user })),
      name.map((user) => ({ kind: "user" as const, user })),
      name.map((name) => ({ kind: "conversation" as const, name })),
      fc.tuple(name, fc.constantFrom("message" as const, "stream" as const)).map(([name, type]) => ({ kind: "channel" as const, channel: { type, name } })),
    );
    await fc.assert(
      fc.asyncProperty(audience, async (audience) => {
        expect(await verify(await issue(audience))).toEqual({ ok: true, value: { ...file, audience } });
      }),
    );
  });

  it("[MD4] fits its limit with the longest names there are", async () => {
    const longest = await issue(
      { kind: "conversation", name: conversationName({ type: "single", id: "ü".repeat(32) }, "y".repeat(64)) },
      { type: "x".repeat(MEDIA_LIMITS.mediaTypeChars), size: MEDIA_LIMITS.mediaBytes },
    );
    expect(longest.length).toBeLessThanOrEqual(MEDIA_LIMITS.mediaIdChars);
    expect(longest).toMatch(/^[\w.~-]+$/);
  });

  it("[MD4] changed in any place it names nothing", async () => {
    const text = await issue();
    const codes = new Set<string>();
    for (let at = 0; at < text.length; at++) {
      const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
      const result = await verify(changed);
      codes.add(result.ok ? `accepted at ${at}` : result.error.code);
    }
    expect([...codes]).toEqual(["not_found"]);
  });

  it("[MD4] neither does one of another app, of another secret, of another kind, cut or too long", async () => {
    const good = await issue();
    const upload = await issueUploadHandle({ file, owner: "ada", name: "", uploadId: "x", endsAtMs: NOW + 1 }, secret, crypto);
    for (const [text, app, key] of [
      [good, "b".repeat(32), secret],
      [good, APP, encodeUtf8("another secret")],
      [good.slice(0, -1), APP, secret],
      [`${good}${"A".repeat(600)}`, APP, secret],
      [upload, APP, secret],
      [upload.replace("upload-1", "media-1"), APP, secret],
      ["", APP, secret],
    ] as const)
      expect(await verify(text, app, NOW, key)).toMatchObject({ ok: false, error: { code: "not_found" } });
  });

  it("[MD5] ends when the file does, and says so", async () => {
    const text = await issue();
    expect(await verify(text, APP, NOW)).toMatchObject({ ok: true });
    expect(await verify(text, APP, NOW + 1)).toMatchObject({ ok: false, error: { code: "not_found", message: expect.stringContaining("seven days") } });
  });
});

describe("an upload's handle", () => {
  const claims = { file, owner: "ada", name: "кот.png", uploadId: "u".repeat(200), endsAtMs: NOW + 1 };
  const check = (text: string, owner: string | undefined = "ada", appId = APP, nowMs = NOW) =>
    verifyUploadHandle(text, { appId, owner }, secret, nowMs, crypto);

  it("[MD16] is good for its owner and for servers, until it ends", async () => {
    const text = await issueUploadHandle(claims, secret, crypto);
    expect(await check(text)).toEqual({ ok: true, value: claims });
    expect(await verifyUploadHandle(text, { appId: APP, owner: undefined }, secret, NOW, crypto)).toMatchObject({ ok: true });
    expect(await check(text, "grace")).toMatchObject({ error: { code: "forbidden" } });
    expect(await check(text, "ada", "b".repeat(32))).toMatchObject({ error: { code: "not_found" } });
    expect(await check(text, "ada", APP, NOW + 1)).toMatchObject({ error: { code: "not_found" } });
    expect(await check(await issue())).toMatchObject({ error: { code: "not_found" } });
  });

  it("[MD10] cuts a file into parts of one size but the last", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MEDIA_LIMITS.mediaBytes }), (size) => {
        const sizes = Array.from({ length: partCount(size) }, (_, index) => partSize(size, index + 1));
        expect(sizes.reduce((sum, part) => sum + part, 0)).toBe(size);
        expect(sizes.slice(0, -1).every((part) => part === MEDIA_LIMITS.mediaPartBytes)).toBe(true);
        expect(sizes.at(-1)).toBeGreaterThan(0);
      }),
    );
  });
});
