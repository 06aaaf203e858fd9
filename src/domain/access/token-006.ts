import type { WireError } from "../../protocol/errors.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { fitsSlots006, type Opened006, open006, PRIVILEGE_006, type Slots006, sign006 } from "../../protocol/token-codec/version-006.ts";
import { ok, type Result } from "../../util/result.ts";
import type { TokenClaims, TokenExpectation } from "./claims.ts";
import { expired, foreign, invalid } from "./refusals.ts";
import { signedByAny } from "./signatures.ts";
import { withinDay } from "./token-life.ts";

/** Login with a 006 token. Its privilege time has no meaning for RTM; the token's own time ends it. */
export async function verifyLogin006(text: string, expect: TokenExpectation, crypto: Signer): Promise<Result<TokenClaims, WireError>> {
  const opened = open006(text);
  if (opened === undefined) return invalid("not a well-formed 006 token");
  if (opened.appId !== expect.appId) return foreign("the token is for another app");
  const slots = slotsOf(opened, expect.userId);
  if (slots === undefined) return foreign("the token is for another user");
  const signed = await signedByAny(expect.certificates, opened.signature, (certificate) => sign006(opened.appId, slots, opened.message, certificate, crypto));
  if (!signed) return invalid("the token's signature fits none of the app's certificates");
  if (!opened.privileges.has(PRIVILEGE_006.rtmLogin)) return invalid("the token has no RTM login privilege");
  const endsAtMs = opened.expiresAtSeconds * 1000;
  if (expect.nowMs > endsAtMs) return expired("the token has expired");
  return ok({
    kind: "006",
    expiresAtMs: withinDay(endsAtMs, expect.nowMs),
    enforceExpiry: false,
    rights: "all",
    service: "rtm",
  });
}

/**
 * The user stands alone in one slot. Never in both: the signature covers the slots without a separator, so a token for
 * the user "bobbob" would pass as one for "bob" twice.
 */
function slotsOf(opened: Opened006, userId: string): Slots006 | undefined {
  const candidates: readonly Slots006[] = [
    { channel: userId, uid: "" },
    { channel: "", uid: userId },
  ];
  return candidates.find((slots) => fitsSlots006(opened, slots));
}
