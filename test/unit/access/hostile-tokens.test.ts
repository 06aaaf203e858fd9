import { randomBytes } from "node:crypto";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { verifyChannelToken } from "../../../src/domain/access/channel-token.ts";
import { verifyAppToken, verifyChatUserToken } from "../../../src/domain/access/chat-token.ts";
import { verifyToken } from "../../../src/domain/access/token.ts";
import { ERRORS } from "../../../src/protocol/errors.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { open006 } from "../../../src/protocol/token-codec/version-006.ts";
import { open007, sign007 } from "../../../src/protocol/token-codec/version-007.ts";
import { toBase64 } from "../../../src/util/base64.ts";
import { ByteWriter } from "../../../src/util/byte-writer.ts";
import { APP, app, CERTIFICATE, codeOf, flipped, ISSUED_SECONDS, login, SEED, tokenCrypto } from "./support.ts";
import { VECTORS_006, VECTORS_007 } from "./vectors.ts";

const verify = (token: string, userId = "alice") => verifyToken(token, login(userId), tokenCrypto);

/** All that the four doors say to a text. */
const everyDoor = (token: string) =>
  Promise.all([
    verify(token),
    verifyChannelToken(token, { ...login("alice"), channel: "room" }, tokenCrypto),
    verifyAppToken(token, app, tokenCrypto),
    verifyChatUserToken(token, login("alice"), tokenCrypto),
  ]);

async function expectTypedRefusals(token: string): Promise<void> {
  for (const result of await everyDoor(token)) expect(Object.keys(ERRORS)).toContain(codeOf(result));
}

/** Every text that differs from `text` in one bit of one character. */
const everyFlip = (text: string): string[] => Array.from({ length: text.length * 8 }, (_, bit) => flipped(text, bit >> 3, bit & 7));

describe("altered tokens", () => {
  it.each(VECTORS_006)("[TK9] no bit of a 006 token can change: $name", async ({ text, userId, expiresAtSeconds }) => {
    const nowMs = expiresAtSeconds * 1000;
    const original = open006(text);
    for (const altered of everyFlip(text)) {
      const verified = await verifyToken(altered, { ...app, userId, nowMs }, tokenCrypto);
      if (verified.ok) expect(open006(altered)).toEqual(original);
    }
    expect(codeOf(await verifyToken(text, { ...app, userId, nowMs }, tokenCrypto))).toBe("ok");
  });

  it.each(VECTORS_007)("[TK9] no bit of a 007 token can change: $name", async ({ text, userId, token }) => {
    const nowMs = token.issuedAtSeconds * 1000;
    const original = await open007(text, LIMITS.tokenInflatedBytes, tokenCrypto);
    for (const altered of everyFlip(text)) {
      const verified = await verifyToken(altered, { ...app, userId, nowMs }, tokenCrypto);
      if (verified.ok) expect(await open007(altered, LIMITS.tokenInflatedBytes, tokenCrypto)).toEqual(original);
    }
    expect(codeOf(await verifyToken(text, { ...app, userId, nowMs }, tokenCrypto))).toBe("ok");
  });

  it("[TK9] no bit of what a 007 token inflates to can change", async () => {
    const opened = await open007(VECTORS_007[0].text, LIMITS.tokenInflatedBytes, tokenCrypto);
    const content = opened ? new ByteWriter().block(opened.signature).bytes(opened.info).finish() : new Uint8Array();
    const pack = (bytes: Uint8Array) => `007${deflateSync(bytes, { level: 1 }).toString("base64")}`;
    expect(codeOf(await verify(pack(content)))).toBe("ok");
    for (let bit = 0; bit < content.length * 8; bit++) {
      const altered = content.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(codeOf(await verify(pack(altered)))).not.toBe("ok");
    }
  });

  it.each([
    { version: "006", text: VECTORS_006[1].text, userId: "user-42" },
    { version: "007", text: VECTORS_007[1].text, userId: "user-42" },
  ])("[TK9] no shorter $version token is the same", async ({ text, userId }) => {
    const unpadded = text.replace(/=+$/, "");
    expect(codeOf(await verify(unpadded, userId))).toBe("ok");
    for (let length = 1; length < unpadded.length; length++) {
      expect(codeOf(await verify(unpadded.slice(0, length), userId))).not.toBe("ok");
    }
  });
});

describe("texts that are no tokens", () => {
  it("[TK25] answers any text with a typed error", async () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.base64String(), fc.string({ unit: "grapheme" }));
    const token = fc.tuple(fc.constantFrom("", "006", "007", `006${APP}`, "007eJx"), text).map((parts) => parts.join(""));
    await fc.assert(fc.asyncProperty(token, expectTypedRefusals), { seed: SEED, numRuns: 300 });
  });

  it("[TK25] answers any bytes in a well-formed envelope with a typed error", async () => {
    const envelope = fc
      .uint8Array({ maxLength: 200 })
      .chain((bytes) => fc.constantFrom(`006${APP}${toBase64(bytes)}`, `007${deflateSync(bytes).toString("base64")}`));
    await fc.assert(fc.asyncProperty(envelope, expectTypedRefusals), { seed: SEED, numRuns: 200 });
  });

  it("[TK25] answers any signed services with a typed answer", async () => {
    const services = fc.uint8Array({ maxLength: 60 });
    const signed = async (bytes: Uint8Array): Promise<string> => {
      const info = new ByteWriter().string(APP).uint32(ISSUED_SECONDS).uint32(0).uint32(9).uint16(3).bytes(bytes).finish();
      const signature = await sign007({ issuedAtSeconds: ISSUED_SECONDS, salt: 9 }, info, CERTIFICATE, tokenCrypto);
      return `007${deflateSync(new ByteWriter().block(signature).bytes(info).finish()).toString("base64")}`;
    };
    const property = fc.asyncProperty(services, async (bytes) => expectTypedRefusals(await signed(bytes)));
    await fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  it("[TK25] refuses a text beyond the limit before it looks into it", async () => {
    for (const version of ["006", "007"]) {
      expect(codeOf(await verify(version.padEnd(LIMITS.tokenBytes + 1, "A")))).toBe("too_large");
      expect(codeOf(await verify(version.padEnd(LIMITS.tokenBytes, "A")))).toBe("token_invalid");
    }
  });

  it("[TK25] refuses a compression bomb", async () => {
    const bomb = `007${deflateSync(new Uint8Array(10_000_000)).toString("base64")}`;
    expect(bomb.length).toBeLessThan(LIMITS.tokenBytes);
    expect(codeOf(await verify(bomb))).toBe("token_invalid");
  });

  it("[TK25] refuses a signed token that is larger than a token may be", async () => {
    const info = new ByteWriter().string(APP).uint32(ISSUED_SECONDS).uint32(0).uint32(9).uint16(1);
    info.uint16(2).uint16(1).uint16(1).uint32(0).string("alice");
    const build = async (trailing: number): Promise<string> => {
      const signed = new ByteWriter().bytes(info.finish()).bytes(new Uint8Array(trailing)).finish();
      const signature = await sign007({ issuedAtSeconds: ISSUED_SECONDS, salt: 9 }, signed, CERTIFICATE, tokenCrypto);
      return `007${deflateSync(new ByteWriter().block(signature).bytes(signed).finish()).toString("base64")}`;
    };
    const frame = 2 + 32 + info.finish().length;
    expect(codeOf(await verify(await build(LIMITS.tokenInflatedBytes - frame)))).toBe("ok");
    expect(codeOf(await verify(await build(LIMITS.tokenInflatedBytes - frame + 1)))).toBe("token_invalid");
  });

  it("[TK26] says why, and repeats neither token nor certificate", async () => {
    const noise = randomBytes(30).toString("base64");
    const reasons = new Map([
      ["", "this app admits nobody without a token"],
      [APP, "this app does not admit by its app id alone"],
      [noise, "the token starts with neither 006 nor 007"],
      [`006${APP}${noise}`, "not a well-formed 006 token"],
      [`007${noise}`, "not a well-formed 007 token"],
      [VECTORS_006[2].text, "the token is for another user"],
      [VECTORS_007[1].text, "the token is for another user"],
      [VECTORS_006[0].text, "the token has expired"],
    ]);
    for (const [token, message] of reasons) expect(await verify(token)).toMatchObject({ ok: false, error: { message } });
  });
});

describe("entering with the app id alone", () => {
  it("[TK24] is refused unless the app allows it", async () => {
    expect(codeOf(await verify(""))).toBe("unauthenticated");
    expect(codeOf(await verify(APP))).toBe("token_invalid");
  });

  it("[TK24] gives a session with all rights that time does not end", async () => {
    for (const token of ["", APP]) {
      const verified = await verifyToken(token, { ...login("alice"), certificates: [], appIdOnly: true }, tokenCrypto);
      expect(verified).toMatchObject({ value: { kind: "app-id", enforceExpiry: false, rights: "all" } });
    }
  });

  it("[TK24] works for an app id that starts like a token", async () => {
    const appId = `007${APP.slice(3)}`;
    expect(codeOf(await verifyToken(appId, { ...login("alice"), appId, appIdOnly: true }, tokenCrypto))).toBe("ok");
  });

  it("[TK24] does not open the app to bad tokens", async () => {
    const open = { ...login("alice"), appIdOnly: true };
    expect(codeOf(await verifyToken("f".repeat(32), open, tokenCrypto))).toBe("token_invalid");
    expect(codeOf(await verifyToken(VECTORS_007[1].text, open, tokenCrypto))).toBe("token_foreign");
  });
});
