import { fromBase64, toBase64 } from "../../util/base64.ts";
import { type ByteReader, readBytes } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import { type Bytes, concatBytes } from "../../util/bytes.ts";
import { crc32 } from "../../util/crc32.ts";
import { encodeUtf8 } from "../../util/text.ts";
import { type Privileges, readPrivileges, writePrivileges } from "./privileges.ts";
import type { Signer } from "./token-crypto.ts";

/**
 * AccessToken: "006", the app id, then base64 of signature, two CRCs and the message. The names it is for stand in the
 * signature and as CRC-32 only, so a verifier must be told them. Policy is not here.
 */
export const PREFIX_006 = "006";
const APP_ID_CHARS = 32;

export const PRIVILEGE_006 = { join: 1, rtmLogin: 1000 } as const;

/** The two names a token is for. A token for RTM has the user in `channel` and an empty `uid`. */
export interface Slots006 {
  channel: string;
  uid: string;
}

export interface Opened006 {
  appId: string;
  signature: Bytes;
  channelCrc: number;
  uidCrc: number;
  /** What the signature covers besides app id and slots: salt, time and privileges. */
  message: Bytes;
  expiresAtSeconds: number;
  privileges: Privileges;
}

/** Undefined for anything that is not such a token. The signature is not checked here. */
export function open006(text: string): Opened006 | undefined {
  if (!text.startsWith(PREFIX_006)) return undefined;
  const contentAt = PREFIX_006.length + APP_ID_CHARS;
  const appId = text.slice(PREFIX_006.length, contentAt);
  const content = fromBase64(text.slice(contentAt));
  return content && readBytes(content, (reader) => ({ appId, ...readContent(reader) }));
}

function readContent(reader: ByteReader): Omit<Opened006, "appId"> {
  const signature = reader.block();
  const channelCrc = reader.uint32();
  const uidCrc = reader.uint32();
  const message = reader.block();
  const { expiresAtSeconds, privileges } = readBytes(message, readMessage) ?? reader.refuse();
  return { signature, channelCrc, uidCrc, message, expiresAtSeconds, privileges };
}

function readMessage(reader: ByteReader): Pick<Opened006, "expiresAtSeconds" | "privileges"> {
  reader.bytes(4); // the salt, which only makes signatures differ
  return { expiresAtSeconds: reader.uint32(), privileges: readPrivileges(reader) };
}

export const fitsSlots006 = (opened: Opened006, { channel, uid }: Slots006): boolean =>
  opened.channelCrc === crc32(encodeUtf8(channel)) && opened.uidCrc === crc32(encodeUtf8(uid));

export function sign006(appId: string, { channel, uid }: Slots006, message: Bytes, certificate: string, crypto: Signer): Promise<Bytes> {
  const signed = concatBytes(encodeUtf8(appId + channel + uid), message);
  return crypto.hmacSha256(encodeUtf8(certificate), signed, "kept");
}

export interface Token006 extends Slots006 {
  appId: string;
  salt: number;
  expiresAtSeconds: number;
  privileges: Privileges;
}

export async function build006(token: Token006, certificate: string, crypto: Signer): Promise<string> {
  const { appId, channel, uid, salt, expiresAtSeconds, privileges } = token;
  const writer = new ByteWriter().uint32(salt).uint32(expiresAtSeconds);
  writePrivileges(writer, privileges);
  const message = writer.finish();
  const content = new ByteWriter()
    .block(await sign006(appId, token, message, certificate, crypto))
    .uint32(crc32(encodeUtf8(channel)))
    .uint32(crc32(encodeUtf8(uid)))
    .block(message)
    .finish();
  return PREFIX_006 + appId + toBase64(content);
}
