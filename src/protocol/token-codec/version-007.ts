import { fromBase64, toBase64 } from "../../util/base64.ts";
import { type ByteReader, readBytes } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import type { Bytes } from "../../util/bytes.ts";
import { encodeUtf8 } from "../../util/text.ts";
import { encodeService, readService, type Service } from "./services.ts";
import type { Signer, TokenCrypto } from "./token-crypto.ts";

/**
 * AccessToken2: "007", then base64 of zlib of a signature block and the info it signs. All of it is little-endian.
 * Policy (who may enter, until when) is not here.
 */
export const PREFIX_007 = "007";

export interface Token007 {
  appId: string;
  issuedAtSeconds: number;
  /** Seconds after issue. */
  expireSeconds: number;
  /** 1 to 99,999,999. */
  salt: number;
  services: readonly Service[];
}

/** Any random number as a salt: 1 to 99,999,999, the range of the format. */
export const saltOf = (random: number): number => (random % 99_999_999) + 1;

/** A token as it came: what it says, and the bytes that the signature covers. */
export interface Opened007 {
  token: Token007;
  signature: Bytes;
  info: Bytes;
}

/** Undefined for anything that is not such a token. The signature is not checked here. */
export async function open007(text: string, maxInflatedBytes: number, crypto: Pick<TokenCrypto, "inflate">): Promise<Opened007 | undefined> {
  if (!text.startsWith(PREFIX_007)) return undefined;
  const compressed = fromBase64(text.slice(PREFIX_007.length));
  const content = compressed && (await crypto.inflate(compressed, maxInflatedBytes));
  return content && parseContent007(content);
}

export function parseContent007(content: Bytes): Opened007 | undefined {
  return readBytes(content, (reader) => {
    const signature = reader.block();
    const info = reader.rest();
    const token = readBytes(info, readInfo) ?? reader.refuse();
    return { token, signature, info };
  });
}

function readInfo(reader: ByteReader): Token007 {
  return {
    appId: reader.string(),
    issuedAtSeconds: reader.uint32(),
    expireSeconds: reader.uint32(),
    salt: reader.uint32(),
    services: readServices(reader),
  };
}

/** Up to the first service of an unknown type: its length is unknown too. The signature covers the rest all the same. */
function readServices(reader: ByteReader): Service[] {
  const services: Service[] = [];
  for (let left = reader.uint16(); left > 0; left--) {
    const service = readService(reader);
    if (service === undefined) break;
    if (service !== "skipped") services.push(service);
  }
  return services;
}

export async function build007(token: Token007, certificate: string, crypto: Pick<TokenCrypto, "hmacSha256" | "deflate">): Promise<string> {
  const info = encodeInfo007(token);
  const signature = await sign007(token, info, certificate, crypto);
  const content = new ByteWriter().block(signature).bytes(info).finish();
  return PREFIX_007 + toBase64(await crypto.deflate(content));
}

export function encodeInfo007({ appId, issuedAtSeconds, expireSeconds, salt, services }: Token007): Bytes {
  const writer = new ByteWriter().string(appId).uint32(issuedAtSeconds).uint32(expireSeconds).uint32(salt);
  writer.uint16(services.length);
  for (const service of [...services].sort((left, right) => left.type - right.type)) writer.bytes(encodeService(service));
  return writer.finish();
}

/** The certificate is the message of the first round; its 32 hex digits count as text. */
export async function sign007(
  { issuedAtSeconds, salt }: Pick<Token007, "issuedAtSeconds" | "salt">,
  info: Bytes,
  certificate: string,
  crypto: Signer,
): Promise<Bytes> {
  const byTime = await crypto.hmacSha256(uint32(issuedAtSeconds), encodeUtf8(certificate), "once");
  const bySalt = await crypto.hmacSha256(uint32(salt), byTime, "once");
  return crypto.hmacSha256(bySalt, info, "once");
}

const uint32 = (value: number): Bytes => new ByteWriter().uint32(value).finish();
