import { describe, expect, it } from "vitest";
import { verifyToken } from "../../../src/domain/access/token.ts";
import { build006, open006 } from "../../../src/protocol/token-codec/version-006.ts";
import { build007, encodeInfo007, open007, sign007 } from "../../../src/protocol/token-codec/version-007.ts";
import { APP, app, CERTIFICATE, hex, tokenCrypto } from "./support.ts";
import { VECTORS_006, VECTORS_007 } from "./vectors.ts";

describe("published 006 tokens", () => {
  it.each(VECTORS_006)("[TK1] is read field by field: $name", (vector) => {
    const opened = open006(vector.text);
    expect(opened).toMatchObject({
      appId: APP,
      channelCrc: vector.channelCrc,
      uidCrc: 0,
      expiresAtSeconds: vector.expiresAtSeconds,
      privileges: vector.privileges,
    });
    expect(opened && hex(opened.signature)).toBe(vector.signature);
    expect(opened && hex(opened.message)).toBe(vector.message);
  });

  it.each(VECTORS_006)("[TK1] lets its user in until its time: $name", async ({ text, userId, expiresAtSeconds }) => {
    const nowMs = expiresAtSeconds * 1000 - 1;
    const claims = { kind: "006", expiresAtMs: nowMs + 1, enforceExpiry: false, rights: "all", service: "rtm" };
    expect(await verifyToken(text, { ...app, userId, nowMs }, tokenCrypto)).toEqual({ ok: true, value: claims });
  });

  it.each(VECTORS_006)("[TK1] is what we build: $name", async ({ text, userId, salt, expiresAtSeconds, privileges }) => {
    const token = { appId: APP, channel: userId, uid: "", salt, expiresAtSeconds, privileges };
    expect(await build006(token, CERTIFICATE, tokenCrypto)).toBe(text);
  });
});

describe("published 007 tokens", () => {
  it.each(VECTORS_007)("[TK5] is read field by field: $name", async ({ text, token, signature }) => {
    const opened = await open007(text, 4096, tokenCrypto);
    expect(opened?.token).toEqual(token);
    expect(opened && hex(opened.signature)).toBe(signature);
  });

  it.each(VECTORS_007)("[TK5] lets its user in: $name", async ({ text, userId, token, service }) => {
    const nowMs = token.issuedAtSeconds * 1000;
    const verified = await verifyToken(text, { ...app, userId, nowMs }, tokenCrypto);
    const expiresAtMs = nowMs + token.expireSeconds * 1000;
    expect(verified).toMatchObject({ ok: true, value: { kind: "007", expiresAtMs, enforceExpiry: true, service } });
  });

  it.each(VECTORS_007)("[TK27] has the bytes that we sign, and the signature: $name", async ({ text, token, signature }) => {
    const opened = await open007(text, 4096, tokenCrypto);
    const info = encodeInfo007(token);
    expect(hex(info)).toBe(opened && hex(opened.info));
    expect(hex(await sign007(token, info, CERTIFICATE, tokenCrypto))).toBe(signature);
  });

  it.each(VECTORS_007)("[TK27] reads the same when built again: $name", async ({ text, token }) => {
    const rebuilt = await build007(token, CERTIFICATE, tokenCrypto);
    expect(await open007(rebuilt, 4096, tokenCrypto)).toEqual(await open007(text, 4096, tokenCrypto));
  });
});
