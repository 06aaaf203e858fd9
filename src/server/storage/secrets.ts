import { toBase64Url } from "../../util/base64url.ts";
import { toHex } from "../../util/hex.ts";
import { encodeUtf8 } from "../../util/text.ts";

const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes));

/** 32 hex digits: the form of Agora's app ids and certificates. */
export const randomHex32 = (): string => toHex(random(16));
/** `wk_` tells keys from tokens; 256 random bits need no slow hash. */
export const randomApiKey = (): string => `wk_${toBase64Url(random(32))}`;

export const sha256Hex = async (text: string): Promise<string> => toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", encodeUtf8(text))));
