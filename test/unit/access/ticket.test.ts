import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { issueTicket, type TicketClaims, verifyTicket } from "../../../src/domain/access/ticket.ts";
import { ticketExpiry } from "../../../src/domain/access/ticket-life.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { toBase64Url } from "../../../src/util/base64url.ts";
import { APP, bytesOf, codeOf, flipped, ISSUED_MS, OTHER_APP, SEED, tokenCrypto } from "./support.ts";

const SECRET = bytesOf("the ticket secret of this service");
const NOW = ISSUED_MS;

const CLAIMS: TicketClaims = {
  appId: APP,
  userId: "alice",
  deviceId: "phone",
  sessionGeneration: 7,
  channel: { type: "message", name: "room" },
  leaf: 0,
  planEpoch: "",
  rights: { read: true, write: false, quiet: false },
  expiresAtMs: NOW + LIMITS.ticketTtlMs,
};

const issue = (claims: Partial<TicketClaims> = {}) => issueTicket({ ...CLAIMS, ...claims }, SECRET, tokenCrypto);
const verify = (text: string, claims: Partial<TicketClaims> = {}, nowMs = NOW, secret = SECRET) =>
  verifyTicket(text, { ...CLAIMS, ...claims }, secret, nowMs, tokenCrypto);

const name = fc.string({ unit: "binary", minLength: 1, maxLength: 10 });
const anyClaims: fc.Arbitrary<TicketClaims> = fc.record({
  appId: fc.constantFrom(APP, OTHER_APP),
  userId: name,
  deviceId: name,
  sessionGeneration: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  channel: fc.record({ type: fc.constantFrom("message", "stream"), name }),
  leaf: fc.nat({ max: 0xffffffff }),
  planEpoch: fc.string({ maxLength: 16 }),
  rights: fc.record({ read: fc.boolean(), write: fc.boolean(), quiet: fc.boolean() }),
  expiresAtMs: fc.integer({ min: NOW, max: NOW + LIMITS.ticketTtlMs }),
});

describe("channel tickets", () => {
  it("[TI1] give back their claims", async () => {
    const property = fc.asyncProperty(anyClaims, async (claims) => {
      const text = await issueTicket(claims, SECRET, tokenCrypto);
      expect(await verifyTicket(text, claims, SECRET, NOW, tokenCrypto)).toEqual({ ok: true, value: claims });
    });
    await fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  // Three lengths, because base64 has spare bits at the end of two in three.
  it.each(["a", "ab", "abc"])("[TI2] have no bit that may change: device %s", async (deviceId) => {
    const text = await issue({ deviceId });
    for (let bit = 0; bit < text.length * 8; bit++) {
      expect(codeOf(await verify(flipped(text, bit >> 3, bit & 7), { deviceId }))).toBe("token_invalid");
    }
    expect(codeOf(await verify(text, { deviceId }))).toBe("ok");
  });

  it("[TI2] are not valid when cut off or lengthened", async () => {
    const text = await issue();
    for (let length = 0; length < text.length; length++) expect(codeOf(await verify(text.slice(0, length)))).toBe("token_invalid");
    expect(codeOf(await verify(`${text}A`))).toBe("token_invalid");
    expect(codeOf(await verify(`${text}AAAA`))).toBe("token_invalid");
  });

  it("[TI3] need the secret they were signed with", async () => {
    expect(codeOf(await verify(await issue(), {}, NOW, bytesOf("another secret")))).toBe("token_invalid");
  });

  it.each([
    { what: "app", other: { appId: OTHER_APP } },
    { what: "user", other: { userId: "bob" } },
    { what: "device", other: { deviceId: "laptop" } },
    { what: "channel", other: { channel: { type: "message", name: "Room" } } },
    { what: "channel", other: { channel: { type: "stream", name: "room" } } },
  ] as const)("[TI4] are for one $what: not $other", async ({ what, other }) => {
    const refused = await verify(await issue(), other);
    expect(refused).toMatchObject({ error: { code: "token_foreign", message: `the ticket is for another ${what}` } });
  });

  it("[TI5] end", async () => {
    const text = await issue();
    expect(codeOf(await verify(text, {}, CLAIMS.expiresAtMs))).toBe("ok");
    expect(codeOf(await verify(text, {}, CLAIMS.expiresAtMs + 1))).toBe("token_expired");
  });

  it("[TI5] end after ten minutes, or with the session", () => {
    expect(ticketExpiry(NOW, NOW + LIMITS.tokenTtlMs)).toBe(NOW + LIMITS.ticketTtlMs);
    expect(ticketExpiry(NOW, NOW + 1000)).toBe(NOW + 1000);
  });

  it("[TI6] may be from a clock that is a minute ahead, and no more", async () => {
    const text = await issue();
    expect(codeOf(await verify(text, {}, NOW - LIMITS.clockSkewMs))).toBe("ok");
    expect(codeOf(await verify(text, {}, NOW - LIMITS.clockSkewMs - 1))).toBe("token_invalid");
  });

  it("[TI7] tell apart names that only differ in where one ends", async () => {
    const pairs = [
      [
        { userId: "ab", deviceId: "c" },
        { userId: "a", deviceId: "bc" },
      ],
      [
        { userId: "a\0", deviceId: "c" },
        { userId: "a", deviceId: "\0c" },
      ],
      [
        { userId: "a:b", deviceId: "c" },
        { userId: "a", deviceId: "b:c" },
      ],
    ] as const;
    for (const [left, right] of pairs) expect(codeOf(await verify(await issue(left), right))).toBe("token_foreign");
  });

  it("[TI8] fit the header with the longest names", async () => {
    const longest = "x".repeat(LIMITS.nameBytes);
    const text = await issue({
      userId: longest,
      deviceId: longest,
      channel: { type: "stream", name: longest },
      planEpoch: "f".repeat(16),
      leaf: 0xffffffff,
      sessionGeneration: Number.MAX_SAFE_INTEGER,
    });
    expect(text).toMatch(/^[A-Za-z0-9._~-]+$/);
    expect(toBase64Url(bytesOf(text)).length).toBeLessThan(1024);
  });

  it("[TI12] refuses any other text", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.base64String().map((noise) => `channel-1.${noise.replaceAll("=", "")}`),
    );
    const property = fc.asyncProperty(text, async (noise) => {
      expect(codeOf(await verify(noise))).toBe("token_invalid");
    });
    await fc.assert(property, { seed: SEED, numRuns: 200 });
    expect(codeOf(await verify("x".repeat(LIMITS.ticketBytes + 1)))).toBe("too_large");
  });
});
