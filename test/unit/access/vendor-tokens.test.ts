import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildToken } from "../../../src/client/token.ts";
import { verifyChannelToken } from "../../../src/domain/access/channel-token.ts";
import { mayRead, mayWrite } from "../../../src/domain/access/rights.ts";
import { verifyToken } from "../../../src/domain/access/token.ts";
import { build006 } from "../../../src/protocol/token-codec/version-006.ts";
import { APP, app, CERTIFICATE, codeOf, ISSUED_MS, ISSUED_SECONDS, login, SEED, tokenCrypto } from "./support.ts";
import { vendor006, vendor007, vendorToken007 } from "./vendor.ts";

const runs = { seed: SEED, numRuns: 100 };
const hexId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((text) => text.isWellFormed());
const names = fc.array(name, { maxLength: 4 });
const life = fc.integer({ min: 0, max: 0xffffffff });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });

describe("tokens of the vendor's builders", () => {
  it("[TK5] 007 tokens let their users in", async () => {
    const property = fc.asyncProperty(hexId, hexId, name, life, life, async (appId, certificate, userId, expireSeconds, privilegeLife) => {
      const options = { appId, certificate, issuedAtSeconds: ISSUED_SECONDS, expireSeconds };
      const token = vendorToken007(options, [new vendor007.ServiceRtm(userId), { 1: privilegeLife }]);
      const expectation = { appId, certificates: ["", certificate], userId, nowMs: ISSUED_MS };
      expect(codeOf(await verifyToken(token, expectation, tokenCrypto))).toBe("ok");
      expect(codeOf(await verifyToken(token, { ...expectation, userId: `${userId}x` }, tokenCrypto))).toBe("token_foreign");
    });
    await fc.assert(property, runs);
  });

  it("[TK13] 007 tokens with permissions give just these", async () => {
    const property = fc.asyncProperty(name, names, names, async (userId, readable, writable) => {
      const permissions = new vendor007.Rtm2Permissions();
      permissions.add(0, 0, readable);
      permissions.add(0, 1, writable);
      const options = { appId: APP, certificate: CERTIFICATE, issuedAtSeconds: ISSUED_SECONDS, expireSeconds: 60 };
      const token = vendorToken007(options, [new vendor007.ServiceRtm2(userId, permissions), { 1: 60 }]);
      const verified = await verifyToken(token, login(userId), tokenCrypto);
      if (!verified.ok) throw new Error(verified.error.message);
      const { rights } = verified.value;
      for (const channel of [...readable, ...writable, "elsewhere"]) {
        expect(mayRead(rights, "messageChannels", channel)).toBe(readable.includes(channel));
        expect(mayWrite(rights, "messageChannels", channel)).toBe(writable.includes(channel));
      }
    });
    await fc.assert(property, runs);
  });

  it("[TK1] 006 tokens let their users in, and are what we build", async () => {
    const property = fc.asyncProperty(hexId, hexId, name, uint32, uint32, async (appId, certificate, userId, salt, privilegeTime) => {
      const vendor = new vendor006.AccessToken(appId, certificate, userId, "");
      vendor.salt = salt;
      vendor.ts = ISSUED_SECONDS + 86_400;
      vendor.addPriviledge(1000, privilegeTime);
      const text = vendor.build();
      const expectation = { appId, certificates: [certificate], userId, nowMs: ISSUED_MS };
      expect(codeOf(await verifyToken(text, expectation, tokenCrypto))).toBe("ok");
      const ours = {
        appId,
        channel: userId,
        uid: "",
        salt,
        expiresAtSeconds: vendor.ts,
        privileges: new Map([[1000, privilegeTime]]),
      };
      expect(await build006(ours, certificate, tokenCrypto)).toBe(text);
    });
    await fc.assert(property, runs);
  });
});

describe("tokens of buildToken", () => {
  const read = (text: string) => {
    const token = new vendor007.AccessToken2("", "", 0, 0);
    expect(token.from_string(text)).toBe(true);
    return token;
  };

  it("[TK27] are read and accepted by the vendor's library, and let their user in", async () => {
    const property = fc.asyncProperty(name, life, async (userId, expireSeconds) => {
      const options = { appId: APP, certificate: CERTIFICATE, userId, expireSeconds, issuedAtMs: ISSUED_MS + 999 };
      const text = await buildToken(options);
      const token = read(text);
      expect(token.verifySignature(CERTIFICATE)).toBe(true);
      expect(String(token.appId)).toBe(APP);
      expect(token).toMatchObject({ issueTs: ISSUED_SECONDS, expire: expireSeconds });
      expect(token.services.map((service) => [service.service_type(), String(service.__user_id), service.__privileges])).toEqual([
        [2, userId, { 1: expireSeconds }],
      ]);
      expect(codeOf(await verifyToken(text, login(userId), tokenCrypto))).toBe("ok");
    });
    await fc.assert(property, runs);
  });

  it("[TK27] carry permissions in the one service that has them", async () => {
    const permissions = {
      messageChannels: { read: ["a", "b"], write: ["a"] },
      streamChannels: {},
      users: { write: ["bob"] },
    };
    const text = await buildToken({
      appId: APP,
      certificate: CERTIFICATE,
      userId: "alice",
      expireSeconds: 60,
      permissions,
      issuedAtMs: ISSUED_MS,
    });
    const services = read(text).services;
    expect(services.map((service) => service.service_type())).toEqual([8]);
    expect(services[0]?.__permissions?.details).toEqual({ 0: { 0: ["a", "b"], 1: ["a"] }, 4: { 1: ["bob"] } });
    const verified = await verifyToken(text, login("alice"), tokenCrypto);
    expect(verified.ok && mayRead(verified.value.rights, "messageChannels", "b")).toBe(true);
    expect(verified.ok && mayWrite(verified.value.rights, "messageChannels", "b")).toBe(false);
  });

  it("[TK27] may admit to a stream channel, too", async () => {
    const text = await buildToken({
      appId: APP,
      certificate: CERTIFICATE,
      userId: "alice",
      expireSeconds: 60,
      streamChannel: "room",
      issuedAtMs: ISSUED_MS,
    });
    expect(read(text).services.map((service) => service.service_type())).toEqual([1, 2]);
    expect(codeOf(await verifyToken(text, login("alice"), tokenCrypto))).toBe("ok");
    expect(codeOf(await verifyChannelToken(text, { ...login("alice"), channel: "room" }, tokenCrypto))).toBe("ok");
  });

  it("[TK27] are issued now and differ each time", async () => {
    const options = { appId: APP, certificate: CERTIFICATE, userId: "alice", expireSeconds: 60 };
    const before = Math.floor(Date.now() / 1000);
    const tokens = await Promise.all([buildToken(options), buildToken(options)]);
    const [first, second] = tokens.map(read);
    expect(first?.issueTs).toBeGreaterThanOrEqual(before);
    expect(first?.issueTs).toBeLessThanOrEqual(Date.now() / 1000);
    expect(first?.salt).not.toBe(second?.salt);
    expect(codeOf(await verifyToken(tokens[0], { ...app, userId: "alice", nowMs: Date.now() }, tokenCrypto))).toBe("ok");
  });

  it.each([
    { what: "an app id that is none", options: { appId: "app" } },
    { what: "a certificate that is none", options: { certificate: "" } },
    { what: "no user", options: { userId: "" } },
    { what: "a negative life", options: { expireSeconds: -1 } },
    { what: "half a second", options: { expireSeconds: 0.5 } },
    { what: "a life beyond the format", options: { expireSeconds: 2 ** 32 } },
  ])("[TK28] refuses $what", async ({ options }) => {
    const good = { appId: APP, certificate: CERTIFICATE, userId: "alice", expireSeconds: 60 };
    await expect(buildToken({ ...good, ...options })).rejects.toThrow(TypeError);
  });
});
