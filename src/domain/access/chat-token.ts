import type { WireError } from "../../protocol/errors.ts";
import { CHAT_PRIVILEGE, type ChatService, SERVICE } from "../../protocol/token-codec/services.ts";
import type { TokenCrypto } from "../../protocol/token-codec/token-crypto.ts";
import type { Token007 } from "../../protocol/token-codec/version-007.ts";
import { ok, type Result } from "../../util/result.ts";
import type { AppExpectation } from "./claims.ts";
import { foreign, invalid } from "./refusals.ts";
import { openSigned007, privilegeEnd } from "./token-007.ts";

export interface ChatTokenClaims {
  expiresAtMs: number;
}

/** Whether a token speaks for the whole app, as the servers of its owner do over REST. */
export async function verifyAppToken(token: string, expect: AppExpectation, crypto: TokenCrypto): Promise<Result<ChatTokenClaims, WireError>> {
  const opened = await openSigned007(token, expect, crypto);
  if (!opened.ok) return opened;
  const services = chatServices(opened.value);
  const service = services.find(({ privileges }) => privileges.has(CHAT_PRIVILEGE.app)) ?? services[0];
  if (service === undefined) return invalid("the token has no chat service");
  return chatClaims(opened.value, service, CHAT_PRIVILEGE.app, expect.nowMs);
}

/** Whether a token lets a user log in to chat. */
export async function verifyChatUserToken(
  token: string,
  expect: AppExpectation & { userId: string },
  crypto: TokenCrypto,
): Promise<Result<ChatTokenClaims, WireError>> {
  const opened = await openSigned007(token, expect, crypto);
  if (!opened.ok) return opened;
  const services = chatServices(opened.value);
  if (services.length === 0) return invalid("the token has no chat service");
  const service = services.find(({ userId }) => userId === expect.userId && userId !== "");
  if (service === undefined) return foreign("the token is for another user");
  return chatClaims(opened.value, service, CHAT_PRIVILEGE.user, expect.nowMs);
}

const chatServices = ({ services }: Token007): ChatService[] => services.filter((service) => service.type === SERVICE.chat);

function chatClaims(token: Token007, { privileges }: ChatService, privilege: number, nowMs: number): Result<ChatTokenClaims, WireError> {
  const end = privilegeEnd(token, privileges, privilege, nowMs);
  return end.ok ? ok({ expiresAtMs: end.value }) : end;
}
