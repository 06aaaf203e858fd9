import type { WireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ChannelRef } from "../../protocol/names.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { assert } from "../../util/assert.ts";
import { type ByteReader, readBytes } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import type { Bytes } from "../../util/bytes.ts";
import { ok, type Result } from "../../util/result.ts";
import { foreign, invalid } from "./refusals.ts";
import { seal, unseal } from "./sealed-text.ts";
import { checkTicketLife } from "./ticket-life.ts";

export interface TicketRights {
  read: boolean;
  write: boolean;
  /** The member joins without others being told. */
  quiet: boolean;
}

/** Admission of one device to one channel, straight to its object or one of its leaves. */
export interface TicketClaims {
  appId: string;
  userId: string;
  deviceId: string;
  /** The login it was issued in; an integer that rises with each one. */
  sessionGeneration: number;
  channel: ChannelRef;
  /** 0 is the hub. */
  leaf: number;
  /** Of the channel's fan-out plan; empty while there is none. */
  planEpoch: string;
  rights: TicketRights;
  expiresAtMs: number;
}

export type TicketExpectation = Pick<TicketClaims, "appId" | "userId" | "deviceId" | "channel">;

export async function issueTicket(claims: TicketClaims, secret: Bytes, crypto: Signer): Promise<string> {
  const text = await seal("channel-1", encode(claims), secret, crypto);
  assert(text.length <= LIMITS.ticketBytes, "the names in a ticket are longer than names may be");
  return text;
}

export async function verifyTicket(
  text: string,
  expect: TicketExpectation,
  secret: Bytes,
  nowMs: number,
  crypto: Signer,
): Promise<Result<TicketClaims, WireError>> {
  const payload = await unseal("channel-1", text, LIMITS.ticketBytes, secret, crypto);
  if (!payload.ok) return payload;
  const claims = readBytes(payload.value, read);
  if (claims === undefined) return invalid("the ticket's layout is not known");
  const stranger = mismatch(claims, expect);
  if (stranger !== undefined) return foreign(`the ticket is for another ${stranger}`);
  const life = checkTicketLife(claims.expiresAtMs, nowMs);
  return life.ok ? ok(claims) : life;
}

function mismatch(claims: TicketClaims, expect: TicketExpectation): string | undefined {
  if (claims.appId !== expect.appId) return "app";
  if (claims.userId !== expect.userId) return "user";
  if (claims.deviceId !== expect.deviceId) return "device";
  const sameChannel = claims.channel.type === expect.channel.type && claims.channel.name === expect.channel.name;
  return sameChannel ? undefined : "channel";
}

/** Every text has its length before it, so no name can spill into the next field. */
function encode(claims: TicketClaims): Bytes {
  return new ByteWriter()
    .string(claims.appId)
    .string(claims.userId)
    .string(claims.deviceId)
    .uint53(claims.sessionGeneration)
    .uint8(CHANNEL_TYPES.indexOf(claims.channel.type))
    .string(claims.channel.name)
    .uint32(claims.leaf)
    .string(claims.planEpoch)
    .uint8(rightsBits(claims.rights))
    .uint53(claims.expiresAtMs)
    .finish();
}

function read(reader: ByteReader): TicketClaims {
  const claims: TicketClaims = {
    appId: reader.string(),
    userId: reader.string(),
    deviceId: reader.string(),
    sessionGeneration: reader.uint53(),
    channel: { type: CHANNEL_TYPES[reader.uint8()] ?? reader.refuse(), name: reader.string() },
    leaf: reader.uint32(),
    planEpoch: reader.string(),
    rights: rightsOfBits(reader.uint8()),
    expiresAtMs: reader.uint53(),
  };
  reader.end();
  return claims;
}

/** A type's place here is what tickets carry: add at the end. */
const CHANNEL_TYPES: readonly ChannelRef["type"][] = ["message", "stream", "room"];

const READ = 1;
const WRITE = 2;
const QUIET = 4;

const rightsBits = ({ read, write, quiet }: TicketRights): number => (read ? READ : 0) | (write ? WRITE : 0) | (quiet ? QUIET : 0);
const rightsOfBits = (bits: number): TicketRights => ({
  read: (bits & READ) !== 0,
  write: (bits & WRITE) !== 0,
  quiet: (bits & QUIET) !== 0,
});
