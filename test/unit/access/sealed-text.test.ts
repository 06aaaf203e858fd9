import { describe, expect, it } from "vitest";
import { seal, unseal } from "../../../src/domain/access/sealed-text.ts";
import { bytesOf, codeOf, tokenCrypto } from "./support.ts";

const SECRET = bytesOf("the ticket secret of this service");
const PAYLOAD = bytesOf("the same bytes in either kind");

describe("sealed text", () => {
  it("[TI9] is signed for its kind, whatever kind it claims to be", async () => {
    const sealed = await seal("channel-1", PAYLOAD, SECRET, tokenCrypto);
    const renamed = sealed.replace("channel-1", "session-1");
    expect(await unseal("channel-1", sealed, 1000, SECRET, tokenCrypto)).toEqual({ ok: true, value: PAYLOAD });
    expect(codeOf(await unseal("session-1", sealed, 1000, SECRET, tokenCrypto))).toBe("token_invalid");
    expect(codeOf(await unseal("session-1", renamed, 1000, SECRET, tokenCrypto))).toBe("token_invalid");
  });

  it("[TI12] is refused beyond the length that is asked for", async () => {
    const sealed = await seal("session-1", PAYLOAD, SECRET, tokenCrypto);
    expect(codeOf(await unseal("session-1", sealed, sealed.length, SECRET, tokenCrypto))).toBe("ok");
    expect(codeOf(await unseal("session-1", sealed, sealed.length - 1, SECRET, tokenCrypto))).toBe("too_large");
  });

  it("[TI3] is never signed with an empty secret", async () => {
    await expect(seal("channel-1", PAYLOAD, bytesOf(""), tokenCrypto)).rejects.toThrow("tickets need a secret");
  });
});
