import { describe, expect, it } from "vitest";
import { verifyToken } from "../../../src/domain/access/token.ts";
import { build006, type Token006 } from "../../../src/protocol/token-codec/version-006.ts";
import { APP, app, CERTIFICATE, codeOf, DAY_MS, ISSUED_MS, ISSUED_SECONDS, login, OTHER_APP, OTHER_CERTIFICATE, tokenCrypto } from "./support.ts";

const RTM_LOGIN = 1000;

const build = (changes: Partial<Token006> = {}, certificate = CERTIFICATE): Promise<string> =>
  build006(
    {
      appId: APP,
      channel: "alice",
      uid: "",
      salt: 7,
      expiresAtSeconds: ISSUED_SECONDS + 3600,
      privileges: new Map([[RTM_LOGIN, 0]]),
      ...changes,
    },
    certificate,
    tokenCrypto,
  );

const code = async (token: string, expectation = login("alice")) => codeOf(await verifyToken(token, expectation, tokenCrypto));

describe("login with a 006 token", () => {
  it("[TK1] takes the user from either slot", async () => {
    expect(await code(await build())).toBe("ok");
    expect(await code(await build({ channel: "", uid: "alice" }))).toBe("ok");
  });

  it("[TK4] refuses the user in both slots, where names could be read together", async () => {
    expect(await code(await build({ channel: "alice", uid: "alice" }))).toBe("token_foreign");
  });

  it("[TK2] ends at its own time and not at that of its privilege", async () => {
    const token = await build({ privileges: new Map([[RTM_LOGIN, 1]]) });
    const endsAtMs = ISSUED_MS + 3_600_000;
    expect(await code(token, { ...login("alice"), nowMs: endsAtMs })).toBe("ok");
    expect(await code(token, { ...login("alice"), nowMs: endsAtMs + 1 })).toBe("token_expired");
  });

  it("[TK2] does not end a live session", async () => {
    expect(await verifyToken(await build(), login("alice"), tokenCrypto)).toMatchObject({
      value: { enforceExpiry: false },
    });
  });

  it("[TK3] needs the RTM login privilege", async () => {
    expect(await code(await build({ privileges: new Map([[1, 0]]) }))).toBe("token_invalid");
    expect(await code(await build({ privileges: new Map() }))).toBe("token_invalid");
  });

  it("[TK6] takes either certificate of the app and no other", async () => {
    const token = await build({}, OTHER_CERTIFICATE);
    expect(await code(token, { ...login("alice"), certificates: [CERTIFICATE, OTHER_CERTIFICATE] })).toBe("ok");
    expect(await code(token)).toBe("token_invalid");
    expect(await code(token, { ...login("alice"), certificates: [] })).toBe("token_invalid");
    expect(await code(token, { ...login("alice"), certificates: ["", ""] })).toBe("token_invalid");
  });

  it("[TK7] refuses a token of another app", async () => {
    expect(await code(await build(), { ...login("alice"), appId: OTHER_APP })).toBe("token_foreign");
  });

  it("[TK8] refuses a token for another user", async () => {
    expect(await code(await build(), login("bob"))).toBe("token_foreign");
  });

  it("[TK12] lasts a day at most", async () => {
    const token = await build({ expiresAtSeconds: ISSUED_SECONDS + 30 * 86_400 });
    expect(await verifyToken(token, { ...app, userId: "alice" }, tokenCrypto)).toMatchObject({
      value: { expiresAtMs: ISSUED_MS + DAY_MS },
    });
  });
});
