import { describe, expect, it } from "vitest";
import { rightsOf } from "../../../src/domain/access/rights.ts";
import { issueSessionTicket, type SessionTicketClaims, verifySessionTicket } from "../../../src/domain/access/session-ticket.ts";
import { issueTicket, verifyTicket } from "../../../src/domain/access/ticket.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { toBase64Url } from "../../../src/util/base64url.ts";
import { APP, bytesOf, codeOf, flipped, ISSUED_MS, OTHER_APP, tokenCrypto } from "./support.ts";

const SECRET = bytesOf("the ticket secret of this service");
const NOW = ISSUED_MS;

const CLAIMS: SessionTicketClaims = {
  appId: APP,
  userId: "Zoë 测试",
  tokenExpiresAtMs: NOW + LIMITS.tokenTtlMs,
  enforceExpiry: true,
  rights: [{ resource: "messageChannels", access: "rw", names: ['a"b', "c:d"] }],
  expiresAtMs: NOW + LIMITS.ticketTtlMs,
};

const issue = (claims: Partial<SessionTicketClaims> = {}) => issueSessionTicket({ ...CLAIMS, ...claims }, SECRET, tokenCrypto);
const verify = (text: string, claims: Partial<SessionTicketClaims> = {}, nowMs = NOW, secret = SECRET) =>
  verifySessionTicket(text, { ...CLAIMS, ...claims }, secret, nowMs, tokenCrypto);

describe("session tickets", () => {
  it.each([{}, { rights: "all" }, { rights: [] }, { enforceExpiry: false }] as const)("[TI1] give back their claims: %j", async (changes) => {
    expect(await verify(await issue(changes))).toEqual({ ok: true, value: { ...CLAIMS, ...changes } });
  });

  it("[TI2] have no bit that may change", async () => {
    const text = await issue();
    for (let bit = 0; bit < text.length * 8; bit++) {
      expect(codeOf(await verify(flipped(text, bit >> 3, bit & 7)))).toBe("token_invalid");
    }
    for (let length = 0; length < text.length; length++) expect(codeOf(await verify(text.slice(0, length)))).toBe("token_invalid");
  });

  it("[TI3] need the secret they were signed with", async () => {
    expect(codeOf(await verify(await issue(), {}, NOW, bytesOf("another secret")))).toBe("token_invalid");
  });

  it("[TI4] are for one app and one user", async () => {
    expect(codeOf(await verify(await issue(), { appId: OTHER_APP }))).toBe("token_foreign");
    expect(codeOf(await verify(await issue(), { userId: "bob" }))).toBe("token_foreign");
  });

  it("[TI5] end", async () => {
    expect(codeOf(await verify(await issue(), {}, CLAIMS.expiresAtMs))).toBe("ok");
    expect(codeOf(await verify(await issue(), {}, CLAIMS.expiresAtMs + 1))).toBe("token_expired");
  });

  it("[TI6] are not from the future", async () => {
    expect(codeOf(await verify(await issue(), {}, NOW - LIMITS.clockSkewMs - 1))).toBe("token_invalid");
  });

  it("[TI9] are no channel tickets, nor the other way round", async () => {
    const channelClaims = {
      ...CLAIMS,
      deviceId: "phone",
      sessionGeneration: 1,
      channel: { type: "message", name: "room" },
      leaf: 0,
      planEpoch: "",
      rights: { read: true, write: true, quiet: false },
    } as const;
    const channelTicket = await issueTicket(channelClaims, SECRET, tokenCrypto);
    const sessionTicket = await issue();
    const renamed = (text: string, kind: string) => kind + text.slice(text.indexOf("."));
    for (const text of [channelTicket, renamed(channelTicket, "session-1")]) expect(codeOf(await verify(text))).toBe("token_invalid");
    for (const text of [sessionTicket, renamed(sessionTicket, "channel-1")]) {
      expect(codeOf(await verifyTicket(text, channelClaims, SECRET, NOW, tokenCrypto))).toBe("token_invalid");
    }
  });

  it("[TI10] fit the header with the largest rights", async () => {
    const overhead = JSON.stringify([{ resource: "users", access: "r", names: [""] }]).length;
    const rights = rightsOf([{ resource: 4, access: 0, names: ["x".repeat(LIMITS.tokenRightsBytes - overhead)] }]);
    if (!rights.ok) throw new Error(rights.error.message);
    const userId = "x".repeat(LIMITS.nameBytes);
    const text = await issue({ userId, rights: rights.value });
    expect(text).toMatch(/^[A-Za-z0-9._~-]+$/);
    expect(toBase64Url(bytesOf(text)).length).toBeLessThanOrEqual(LIMITS.tokenHeaderBytes);
    expect(codeOf(await verify(text, { userId }))).toBe("ok");
  });

  it("[TI11] end with their token", async () => {
    const text = await issue({ tokenExpiresAtMs: NOW + 1000, enforceExpiry: false });
    expect(codeOf(await verify(text, {}, NOW + 1000))).toBe("ok");
    expect(codeOf(await verify(text, {}, NOW + 1001))).toBe("token_expired");
  });

  it("[TI12] refuse any other text", async () => {
    for (const text of ["", ".", "session-1.", "session-1.AAAA", "007eJx", "session-1.é"]) expect(codeOf(await verify(text))).toBe("token_invalid");
    expect(codeOf(await verify("x".repeat(LIMITS.tokenHeaderBytes)))).toBe("too_large");
  });
});
