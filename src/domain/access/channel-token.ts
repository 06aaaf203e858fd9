import type { WireError } from "../../protocol/errors.ts";
import { RTC_PRIVILEGE, type RtcService, SERVICE, type Service } from "../../protocol/token-codec/services.ts";
import type { TokenCrypto } from "../../protocol/token-codec/token-crypto.ts";
import { ok, type Result } from "../../util/result.ts";
import type { AppExpectation, TokenClaims } from "./claims.ts";
import { foreign, invalid } from "./refusals.ts";
import { openSigned007, privilegeEnd } from "./token-007.ts";

export interface ChannelTokenExpectation extends AppExpectation {
  channel: string;
  userId: string;
}

/**
 * Whether a token lets a user, who is logged in already, join a stream channel: an RTC service with the join
 * privilege. 007 only: 006 signs channel and user without a separator, so "ab" for "c" would pass as "a" for "bc".
 */
export async function verifyChannelToken(token: string, expect: ChannelTokenExpectation, crypto: TokenCrypto): Promise<Result<TokenClaims, WireError>> {
  const opened = await openSigned007(token, expect, crypto);
  if (!opened.ok) return opened;
  const service = joinService(opened.value.services, expect);
  if (!service.ok) return service;
  const end = privilegeEnd(opened.value, service.value.privileges, RTC_PRIVILEGE.join, expect.nowMs);
  return end.ok ? ok({ kind: "007", expiresAtMs: end.value, enforceExpiry: true, rights: "all", service: "rtc" }) : end;
}

/** An empty uid is the builders' uid 0: good for every user of the channel. */
function joinService(services: readonly Service[], { channel, userId }: ChannelTokenExpectation): Result<RtcService, WireError> {
  const rooms = services.filter((service) => service.type === SERVICE.rtc);
  if (rooms.length === 0) return invalid("the token has no RTC service");
  const here = rooms.filter((service) => service.channel === channel);
  if (here.length === 0) return foreign("the token is for another channel");
  const service = here.find(({ uid }) => uid === userId) ?? here.find(({ uid }) => uid === "");
  return service ? ok(service) : foreign("the token is for another user");
}
