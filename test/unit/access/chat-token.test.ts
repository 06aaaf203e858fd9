import { describe, expect, it } from "vitest";
import { verifyAppToken, verifyChatUserToken } from "../../../src/domain/access/chat-token.ts";
import { verifyToken } from "../../../src/domain/access/token.ts";
import { APP, app, CERTIFICATE, codeOf, ISSUED_MS, ISSUED_SECONDS, login, OTHER_APP, OTHER_CERTIFICATE, tokenCrypto } from "./support.ts";
import { vendor007, vendorToken007 } from "./vendor.ts";

const options = { appId: APP, certificate: CERTIFICATE, issuedAtSeconds: ISSUED_SECONDS, expireSeconds: 3600 };
const appToken = vendorToken007(options, [new vendor007.ServiceChat(), { 2: 3600 }]);
const userToken = vendorToken007(options, [new vendor007.ServiceChat("alice"), { 1: 3600 }]);
const rtmToken = vendorToken007(options, [new vendor007.ServiceRtm("alice"), { 1: 3600 }]);

describe("chat tokens", () => {
  it("[TK22] an app token speaks for its app until it ends", async () => {
    const verified = await verifyAppToken(appToken, app, tokenCrypto);
    expect(verified).toEqual({ ok: true, value: { expiresAtMs: ISSUED_MS + 3_600_000 } });
    expect(codeOf(await verifyAppToken(appToken, { ...app, nowMs: ISSUED_MS + 3_600_001 }, tokenCrypto))).toBe("token_expired");
  });

  it("[TK22] a user's token does not speak for the app", async () => {
    expect(codeOf(await verifyAppToken(userToken, app, tokenCrypto))).toBe("token_invalid");
    expect(codeOf(await verifyAppToken(rtmToken, app, tokenCrypto))).toBe("token_invalid");
  });

  it("[TK22] an app token speaks for no other app, and needs its certificate", async () => {
    expect(codeOf(await verifyAppToken(appToken, { ...app, appId: OTHER_APP }, tokenCrypto))).toBe("token_foreign");
    expect(codeOf(await verifyAppToken(appToken, { ...app, certificates: [OTHER_CERTIFICATE] }, tokenCrypto))).toBe("token_invalid");
    expect(codeOf(await verifyAppToken(appToken, { ...app, certificates: [] }, tokenCrypto))).toBe("token_invalid");
  });

  it("[TK23] a user's token lets that user log in to chat", async () => {
    expect(codeOf(await verifyChatUserToken(userToken, login("alice"), tokenCrypto))).toBe("ok");
    expect(codeOf(await verifyChatUserToken(userToken, login("bob"), tokenCrypto))).toBe("token_foreign");
    expect(codeOf(await verifyChatUserToken(rtmToken, login("alice"), tokenCrypto))).toBe("token_invalid");
  });

  it("[TK23] a user's token opens a session that reaches no channel and no peer", async () => {
    expect(await verifyToken(userToken, login("alice"), tokenCrypto)).toEqual({
      ok: true,
      value: { kind: "007", expiresAtMs: ISSUED_MS + 3_600_000, enforceExpiry: true, rights: [], service: "chat" },
    });
    for (const [token, user] of [
      [userToken, "bob"],
      [appToken, "alice"],
    ] as const)
      expect((await verifyToken(token, login(user), tokenCrypto)).ok).toBe(false);
    expect(codeOf(await verifyToken(userToken, { ...login("alice"), nowMs: ISSUED_MS + 3_600_001 }, tokenCrypto))).not.toBe("ok");
    const both = vendorToken007(options, [new vendor007.ServiceChat("alice"), { 1: 3600 }], [new vendor007.ServiceRtm("alice"), { 1: 3600 }]);
    expect(await verifyToken(both, login("alice"), tokenCrypto)).toMatchObject({ value: { rights: "all", service: "rtm" } });
  });

  it("[TK23] an app token is no user's, not even nobody's", async () => {
    expect(codeOf(await verifyChatUserToken(appToken, login("alice"), tokenCrypto))).toBe("token_foreign");
    expect(codeOf(await verifyChatUserToken(appToken, login(""), tokenCrypto))).toBe("token_foreign");
  });
});
