import { describe, expect, it } from "vitest";
import { verifyChannelToken } from "../../../src/domain/access/channel-token.ts";
import { build006 } from "../../../src/protocol/token-codec/version-006.ts";
import { APP, CERTIFICATE, codeOf, ISSUED_MS, ISSUED_SECONDS, login, OTHER_APP, OTHER_CERTIFICATE, tokenCrypto } from "./support.ts";
import { type VendorService, vendor007, vendorToken007 } from "./vendor.ts";

const options = { appId: APP, certificate: CERTIFICATE, issuedAtSeconds: ISSUED_SECONDS, expireSeconds: 3600 };
const join = { ...login("alice"), channel: "room" };
const rtc = (channel: string, uid: string | number, privileges: Record<number, number> = { 1: 0 }) =>
  [new vendor007.ServiceRtc(channel, uid), privileges] as const;
const token = (...services: readonly (readonly [VendorService, Record<number, number>])[]) => vendorToken007(options, ...services);
const code = async (text: string, changes = {}) => codeOf(await verifyChannelToken(text, { ...join, ...changes }, tokenCrypto));

describe("a token for a stream channel", () => {
  it("[TK19] admits its user to its channel until it ends", async () => {
    const claims = {
      kind: "007",
      expiresAtMs: ISSUED_MS + 3_600_000,
      enforceExpiry: true,
      rights: "all",
      service: "rtc",
    };
    expect(await verifyChannelToken(token(rtc("room", "alice")), join, tokenCrypto)).toEqual({
      ok: true,
      value: claims,
    });
  });

  it("[TK19] may stand beside the login of the same token", async () => {
    expect(await code(token(rtc("room", "alice"), [new vendor007.ServiceRtm("alice"), { 1: 0 }]))).toBe("ok");
  });

  it("[TK19] admits to no other channel, and nobody else", async () => {
    expect(await code(token(rtc("Room", "alice")))).toBe("token_foreign");
    expect(await code(token(rtc("room", "bob")))).toBe("token_foreign");
    expect(await code(token(rtc("room", "bob"), rtc("other", "alice")))).toBe("token_foreign");
    expect(await code(token(rtc("other", "bob"), rtc("room", "alice")))).toBe("ok");
  });

  it("[TK19] needs the join privilege and an RTC service", async () => {
    expect(await code(token(rtc("room", "alice", { 4: 0 })))).toBe("token_invalid");
    expect(await code(token([new vendor007.ServiceRtm("alice"), { 1: 0 }]))).toBe("token_invalid");
  });

  it("[TK7] is for one app", async () => {
    expect(await code(token(rtc("room", "alice")), { appId: OTHER_APP })).toBe("token_foreign");
  });

  it("[TK6] is signed by a certificate of the app", async () => {
    expect(await code(token(rtc("room", "alice")), { certificates: [OTHER_CERTIFICATE] })).toBe("token_invalid");
    expect(await code(token(rtc("room", "alice")), { certificates: [OTHER_CERTIFICATE, CERTIFICATE] })).toBe("ok");
  });

  it("[TK10] ends with its join privilege", async () => {
    const text = token(rtc("room", "alice", { 1: 60 }));
    expect(await code(text, { nowMs: ISSUED_MS + 60_000 })).toBe("ok");
    expect(await code(text, { nowMs: ISSUED_MS + 60_001 })).toBe("token_expired");
  });

  it("[TK20] admits every user to its channel when made for uid 0", async () => {
    expect(await code(token(rtc("room", 0)))).toBe("ok");
    expect(await code(token(rtc("room", 0)), { userId: "bob" })).toBe("ok");
    expect(await code(token(rtc("other", 0)))).toBe("token_foreign");
  });

  it("[TK21] is never a 006 token", async () => {
    const fields = { appId: APP, channel: "room", uid: "alice", salt: 1, expiresAtSeconds: ISSUED_SECONDS + 60 };
    const text = await build006({ ...fields, privileges: new Map([[1, 0]]) }, CERTIFICATE, tokenCrypto);
    expect(await code(text)).toBe("token_invalid");
  });
});
