import type { WireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { assert } from "../../util/assert.ts";
import { type ByteReader, readBytes } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import type { Bytes } from "../../util/bytes.ts";
import { ok, type Result } from "../../util/result.ts";
import { expired, foreign, invalid } from "./refusals.ts";
import { type ChannelRights, parseRights } from "./rights.ts";
import { seal, unseal } from "./sealed-text.ts";
import { checkTicketLife } from "./ticket-life.ts";

/** What a verified token said, for one whose token is too large for the header of a socket. */
export interface SessionTicketClaims {
  appId: string;
  userId: string;
  tokenExpiresAtMs: number;
  enforceExpiry: boolean;
  rights: ChannelRights;
  /** Of the ticket itself. */
  expiresAtMs: number;
}

export type SessionTicketExpectation = Pick<SessionTicketClaims, "appId" | "userId">;

/** It is put in the header as base64url of this text. */
const MAX_CHARS = Math.floor((LIMITS.tokenHeaderBytes * 3) / 4);

export async function issueSessionTicket(claims: SessionTicketClaims, secret: Bytes, crypto: Signer): Promise<string> {
  const text = await seal("session-1", encode(claims), secret, crypto);
  assert(text.length <= MAX_CHARS, "the rights in a ticket are larger than rights may be");
  return text;
}

export async function verifySessionTicket(
  text: string,
  expect: SessionTicketExpectation,
  secret: Bytes,
  nowMs: number,
  crypto: Signer,
): Promise<Result<SessionTicketClaims, WireError>> {
  const payload = await unseal("session-1", text, MAX_CHARS, secret, crypto);
  if (!payload.ok) return payload;
  const claims = readBytes(payload.value, read);
  if (claims === undefined) return invalid("the ticket's layout is not known");
  if (claims.appId !== expect.appId) return foreign("the ticket is for another app");
  if (claims.userId !== expect.userId) return foreign("the ticket is for another user");
  const life = checkTicketLife(claims.expiresAtMs, nowMs);
  if (!life.ok) return life;
  return nowMs > claims.tokenExpiresAtMs ? expired("the token behind the ticket has expired") : ok(claims);
}

function encode(claims: SessionTicketClaims): Bytes {
  return new ByteWriter()
    .string(claims.appId)
    .string(claims.userId)
    .uint53(claims.tokenExpiresAtMs)
    .uint8(claims.enforceExpiry ? 1 : 0)
    .string(JSON.stringify(claims.rights))
    .uint53(claims.expiresAtMs)
    .finish();
}

function read(reader: ByteReader): SessionTicketClaims {
  const claims: SessionTicketClaims = {
    appId: reader.string(),
    userId: reader.string(),
    tokenExpiresAtMs: reader.uint53(),
    enforceExpiry: reader.uint8() === 1,
    rights: readRights(reader),
    expiresAtMs: reader.uint53(),
  };
  reader.end();
  return claims;
}

function readRights(reader: ByteReader): ChannelRights {
  const text = reader.string();
  try {
    return parseRights(JSON.parse(text)) ?? reader.refuse();
  } catch {
    return reader.refuse();
  }
}
