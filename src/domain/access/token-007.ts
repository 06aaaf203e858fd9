import type { WireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Privileges } from "../../protocol/token-codec/privileges.ts";
import { RTM_PRIVILEGE, type Rtm2Service, type RtmService, SERVICE, type Service } from "../../protocol/token-codec/services.ts";
import type { TokenCrypto } from "../../protocol/token-codec/token-crypto.ts";
import { open007, sign007, type Token007 } from "../../protocol/token-codec/version-007.ts";
import { ok, type Result } from "../../util/result.ts";
import type { AppExpectation, TokenClaims, TokenExpectation } from "./claims.ts";
import { expired, foreign, invalid, tooLarge } from "./refusals.ts";
import { type ChannelRights, rightsOf } from "./rights.ts";
import { signedByAny } from "./signatures.ts";
import { endOfLife, withinDay } from "./token-life.ts";

/** A 007 token that one of the app's certificates signed. What it allows is still to be asked. */
export async function openSigned007(text: string, expect: AppExpectation, crypto: TokenCrypto): Promise<Result<Token007, WireError>> {
  if (text.length > LIMITS.tokenBytes) return tooLarge("the token", LIMITS.tokenBytes);
  const opened = await open007(text, LIMITS.tokenInflatedBytes, crypto);
  if (opened === undefined) return invalid("not a well-formed 007 token");
  const { token, info, signature } = opened;
  if (token.appId !== expect.appId) return foreign("the token is for another app");
  const signed = await signedByAny(expect.certificates, signature, (certificate) => sign007(token, info, certificate, crypto));
  return signed ? ok(token) : invalid("the token's signature fits none of the app's certificates");
}

/** When the token stops giving `privilege`; a refusal if it has stopped, or never gave it. */
export function privilegeEnd(token: Token007, privileges: Privileges, privilege: number, nowMs: number): Result<number, WireError> {
  const life = privileges.get(privilege);
  if (life === undefined) return invalid(`the token lacks privilege ${privilege} of its service`);
  const endsAtMs = endOfLife(token.issuedAtSeconds, token.expireSeconds, life);
  return nowMs > endsAtMs ? expired("the token has expired") : ok(withinDay(endsAtMs, nowMs));
}

export async function verifyLogin007(text: string, expect: TokenExpectation, crypto: TokenCrypto): Promise<Result<TokenClaims, WireError>> {
  const token = await openSigned007(text, expect, crypto);
  if (!token.ok) return token;
  const service = loginService(token.value.services, expect.userId);
  if (!service.ok) return service;
  const end = privilegeEnd(token.value, service.value.privileges, RTM_PRIVILEGE.login, expect.nowMs);
  if (!end.ok) return end;
  const rights = rightsGivenBy(service.value);
  if (!rights.ok) return rights;
  return ok({
    kind: "007",
    expiresAtMs: end.value,
    enforceExpiry: true,
    rights: rights.value,
    service: service.value.type === SERVICE.rtm2 ? "rtm2" : "rtm",
  });
}

/** Whom a 007 token says it is for. Only a claim: whoever heeds it verifies the token for that user. */
export async function userNamedBy007(text: string, crypto: Pick<TokenCrypto, "inflate">): Promise<string | undefined> {
  if (text.length > LIMITS.tokenBytes) return undefined;
  const opened = await open007(text, LIMITS.tokenInflatedBytes, crypto);
  return opened?.token.services.filter(isLoginService).find(({ userId }) => userId !== "")?.userId;
}

type LoginService = RtmService | Rtm2Service;

const isLoginService = (service: Service): service is LoginService => service.type === SERVICE.rtm || service.type === SERVICE.rtm2;

/** The user's RTM service. One with permissions goes before one without, which would lift them. */
function loginService(services: readonly Service[], userId: string): Result<LoginService, WireError> {
  const logins = services.filter(isLoginService);
  if (logins.length === 0) return invalid("the token has no RTM service");
  const own = logins.filter((service) => service.userId === userId);
  const service = own.find(({ type }) => type === SERVICE.rtm2) ?? own[0];
  return service ? ok(service) : foreign("the token is for another user");
}

const rightsGivenBy = (service: LoginService): Result<ChannelRights, WireError> => (service.type === SERVICE.rtm2 ? rightsOf(service.permissions) : ok("all"));
