import { type ErrorCode, type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { TokenCrypto } from "../../protocol/token-codec/token-crypto.ts";
import { PREFIX_006 } from "../../protocol/token-codec/version-006.ts";
import { PREFIX_007 } from "../../protocol/token-codec/version-007.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { verifyChatUserToken } from "./chat-token.ts";
import type { TokenClaims, TokenExpectation } from "./claims.ts";
import { invalid, tooLarge, unauthenticated } from "./refusals.ts";
import { verifyLogin006 } from "./token-006.ts";
import { verifyLogin007 } from "./token-007.ts";
import { withinDay } from "./token-life.ts";

/** Whether a token lets this user log in. Any text is answered with claims or a refusal, never with a throw. */
export async function verifyToken(token: string, expect: TokenExpectation, crypto: TokenCrypto): Promise<Result<TokenClaims, WireError>> {
  if (!isUser(expect.userId)) return err(wireError("bad_request", { message: "a login needs a user id", field: "userId" }));
  // Before the versions are told apart: an app id may start with their digits.
  if (token === "" || token === expect.appId) return enterByAppId(token, expect);
  if (token.length > LIMITS.tokenBytes) return tooLarge("the token", LIMITS.tokenBytes);
  if (token.startsWith(PREFIX_006)) return verifyLogin006(token, expect, crypto);
  if (token.startsWith(PREFIX_007)) return verify007(token, expect, crypto);
  return invalid("the token starts with neither 006 nor 007");
}

/** By its RTM service, or else by its chat service: that one lets its user chat, and reaches no channel and no peer. */
async function verify007(token: string, expect: TokenExpectation, crypto: TokenCrypto): Promise<Result<TokenClaims, WireError>> {
  const login = await verifyLogin007(token, expect, crypto);
  if (login.ok || !HAS_NO_SERVICE.has(login.error.code)) return login;
  const chat = await verifyChatUserToken(token, expect, crypto);
  return chat.ok ? ok({ kind: "007", expiresAtMs: chat.value.expiresAtMs, enforceExpiry: true, rights: [], service: "chat" }) : login;
}

/** What a token without an RTM service for this user is refused as. */
const HAS_NO_SERVICE: ReadonlySet<ErrorCode> = new Set(["token_invalid", "token_foreign"]);

/** Text that is not well-formed would stand in a signature as another name does. */
const isUser = (userId: string): boolean => userId !== "" && userId.isWellFormed();

function enterByAppId(token: string, { appIdOnly, nowMs }: TokenExpectation): Result<TokenClaims, WireError> {
  if (appIdOnly) {
    return ok({
      kind: "app-id",
      expiresAtMs: withinDay(Infinity, nowMs),
      enforceExpiry: false,
      rights: "all",
      service: "rtm",
    });
  }
  return token === "" ? unauthenticated("this app admits nobody without a token") : invalid("this app does not admit by its app id alone");
}
