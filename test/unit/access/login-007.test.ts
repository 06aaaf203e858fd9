import { describe, expect, it } from "vitest";
import { verifyToken } from "../../../src/domain/access/token.ts";
import type { Service } from "../../../src/protocol/token-codec/services.ts";
import { build007, sign007, type Token007 } from "../../../src/protocol/token-codec/version-007.ts";
import { toBase64 } from "../../../src/util/base64.ts";
import { ByteWriter } from "../../../src/util/byte-writer.ts";
import { APP, CERTIFICATE, codeOf, DAY_MS, ISSUED_MS, ISSUED_SECONDS, login, OTHER_APP, OTHER_CERTIFICATE, tokenCrypto } from "./support.ts";
import { vendor007, vendorToken007 } from "./vendor.ts";

const rtm = (userId: string, life = 3600): Service => ({ type: 2, privileges: new Map([[1, life]]), userId });

const build = (changes: Partial<Token007> = {}, certificate = CERTIFICATE): Promise<string> =>
  build007({ appId: APP, issuedAtSeconds: ISSUED_SECONDS, expireSeconds: 3600, salt: 7, services: [rtm("alice")], ...changes }, certificate, tokenCrypto);

const verify = (token: string, changes = {}) => verifyToken(token, { ...login("alice"), ...changes }, tokenCrypto);
const code = async (token: string, changes = {}) => codeOf(await verify(token, changes));

describe("login with a 007 token", () => {
  it("[TK5] lets the user of its RTM service in, until it ends", async () => {
    const claims = {
      kind: "007",
      expiresAtMs: ISSUED_MS + 3_600_000,
      enforceExpiry: true,
      rights: "all",
      service: "rtm",
    };
    expect(await verify(await build())).toEqual({ ok: true, value: claims });
  });

  it("[TK6] takes either certificate of the app and no other", async () => {
    const token = await build({}, OTHER_CERTIFICATE);
    expect(await code(token, { certificates: [CERTIFICATE, OTHER_CERTIFICATE] })).toBe("ok");
    expect(await code(token)).toBe("token_invalid");
    expect(await code(token, { certificates: [] })).toBe("token_invalid");
  });

  it("[TK6] takes nothing that an unset certificate signed", async () => {
    expect(await code(await build({}, ""), { certificates: ["", ""] })).toBe("token_invalid");
  });

  it("[TK7] refuses a token of another app", async () => {
    expect(await code(await build(), { appId: OTHER_APP })).toBe("token_foreign");
  });

  it("[TK8] refuses a token for another user", async () => {
    expect(await code(await build(), { userId: "Alice" })).toBe("token_foreign");
    expect(await code(await build({ services: [rtm("")] }))).toBe("token_foreign");
  });

  it("[TK8] refuses a login without a user, even with a token for nobody", async () => {
    expect(await code(await build({ services: [rtm("")] }), { userId: "" })).toBe("bad_request");
  });

  it.each([
    { what: "its own time", expireSeconds: 600, life: 3600 },
    { what: "the time of the privilege", expireSeconds: 3600, life: 600 },
    { what: "its own time, the privilege having none", expireSeconds: 600, life: 0 },
  ])("[TK10] ends at $what", async ({ expireSeconds, life }) => {
    const token = await build({ expireSeconds, services: [rtm("alice", life)] });
    expect(await code(token, { nowMs: ISSUED_MS + 600_000 })).toBe("ok");
    expect(await code(token, { nowMs: ISSUED_MS + 600_001 })).toBe("token_expired");
  });

  it.each([
    { what: "0", value: 0 },
    { what: "a day and a second", value: 86_401 },
    { what: "an absolute time", value: ISSUED_SECONDS + 3600 },
    { what: "the largest number", value: 0xffffffff },
  ])("[TK11] counts $what as a day", async ({ value }) => {
    const token = await build({ expireSeconds: value, services: [rtm("alice", value)] });
    expect(await verify(token)).toMatchObject({ ok: true, value: { expiresAtMs: ISSUED_MS + DAY_MS } });
    expect(await code(token, { nowMs: ISSUED_MS + DAY_MS + 1 })).toBe("token_expired");
  });

  it("[TK12] lasts a day from now, when it claims to be from the future", async () => {
    const nowMs = ISSUED_MS - 40 * DAY_MS;
    expect(await verify(await build({ expireSeconds: 0 }), { nowMs })).toMatchObject({
      value: { expiresAtMs: nowMs + DAY_MS },
    });
  });

  it("[TK13] gives the rights of its type 8 service", async () => {
    const permissions = [{ resource: 0, access: 0, names: ["room"] }];
    const token = await build({ services: [{ type: 8, privileges: new Map([[1, 0]]), userId: "alice", permissions }] });
    const rights = [{ resource: "messageChannels", access: "r", names: ["room"] }];
    expect(await verify(token)).toMatchObject({ value: { service: "rtm2", rights } });
  });

  it("[TK15] prefers the type 8 service to the one without permissions", async () => {
    const narrow: Service = { type: 8, privileges: new Map([[1, 0]]), userId: "alice", permissions: [] };
    expect(await verify(await build({ services: [rtm("alice"), narrow] }))).toMatchObject({
      value: { service: "rtm2", rights: [] },
    });
  });

  it("[TK15] takes the service of the user, not one for somebody else", async () => {
    const stranger: Service = { type: 8, privileges: new Map([[1, 0]]), userId: "bob", permissions: [] };
    const token = await build({ services: [rtm("bob"), rtm("alice"), stranger] });
    expect(await verify(token)).toMatchObject({ value: { service: "rtm", rights: "all" } });
    expect(await verify(token, { userId: "bob" })).toMatchObject({ value: { service: "rtm2", rights: [] } });
  });

  it("[TK16] refuses more permissions than fit", async () => {
    const names = Array.from({ length: 100 }, (_, n) => `channel-${n}`.padEnd(64, "x"));
    const service: Service = {
      type: 8,
      privileges: new Map([[1, 0]]),
      userId: "alice",
      permissions: [{ resource: 0, access: 0, names }],
    };
    const verified = await verify(await build({ services: [service] }));
    expect(verified).toMatchObject({ ok: false, error: { code: "limit_exceeded", field: "permissions" } });
  });

  it("[TK18] needs an RTM service with the login privilege", async () => {
    const rtc: Service = { type: 1, privileges: new Map([[1, 0]]), channel: "room", uid: "alice" };
    expect(await code(await build({ services: [rtc] }))).toBe("token_invalid");
    expect(await code(await build({ services: [] }))).toBe("token_invalid");
    expect(await code(await build({ services: [{ type: 2, privileges: new Map([[2, 0]]), userId: "alice" }] }))).toBe("token_invalid");
  });

  it("[TK17] passes over the services of other products", async () => {
    const options = { appId: APP, certificate: CERTIFICATE, issuedAtSeconds: ISSUED_SECONDS, expireSeconds: 3600 };
    const token = vendorToken007(
      options,
      [new vendor007.ServiceRtc("room", "alice"), { 1: 0 }],
      [new vendor007.ServiceStreaming("room", "alice"), { 1: 0 }],
      [new vendor007.ServiceFpa(), { 1: 0 }],
      [new vendor007.ServiceChat("alice"), { 1: 0 }],
      [new vendor007.ServiceFCdn("room", "alice"), { 1: 0 }],
      [new vendor007.ServiceApaas("room", "alice", 1), { 1: 0 }],
      [new vendor007.ServiceRtm2("alice"), { 1: 0 }],
      [new vendor007.ServiceConvoAI(), {}],
      [new vendor007.ServiceStt(), {}],
    );
    expect(await verify(token)).toMatchObject({ value: { service: "rtm2" } });
  });

  it("[TK17] stops at a service of unknown type and checks the signature over it", async () => {
    const options = { appId: APP, certificate: CERTIFICATE, issuedAtSeconds: ISSUED_SECONDS, expireSeconds: 3600 };
    const services = [
      [new vendor007.ServiceRtm("alice"), { 1: 0 }],
      [new vendor007.Service(4711), { 1: 0 }],
    ] as const;
    expect(await code(vendorToken007(options, ...services))).toBe("ok");
    expect(await code(vendorToken007({ ...options, certificate: OTHER_CERTIFICATE }, ...services))).toBe("token_invalid");
  });

  it("[TK17] does not see an RTM service behind one of unknown type", async () => {
    const token = { issuedAtSeconds: ISSUED_SECONDS, salt: 7 };
    const info = new ByteWriter().string(APP).uint32(ISSUED_SECONDS).uint32(0).uint32(7).uint16(2);
    info.uint16(4711).uint16(2).uint16(1).uint32(0).string("alice");
    const content = new ByteWriter().block(await sign007(token, info.finish(), CERTIFICATE, tokenCrypto)).bytes(info.finish());
    const text = `007${toBase64(await tokenCrypto.deflate(content.finish()))}`;
    expect(await verify(text)).toMatchObject({
      error: { code: "token_invalid", message: "the token has no RTM service" },
    });
  });
});
