import type { ErrorCode, WireError } from "../../../src/protocol/errors.ts";
import { webTokenCrypto } from "../../../src/server/access/web-crypto.ts";
import type { Bytes } from "../../../src/util/bytes.ts";
import type { Result } from "../../../src/util/result.ts";
import { encodeUtf8 } from "../../../src/util/text.ts";

export const tokenCrypto = webTokenCrypto();

export const APP = "0a1b2c3d4e5f60718293a4b5c6d7e8f9";
export const OTHER_APP = "ffffffffffffffffffffffffffffffff";
export const CERTIFICATE = "f9e8d7c6b5a4938271605f4e3d2c1b0a";
export const OTHER_CERTIFICATE = "00112233445566778899aabbccddeeff";

export const ISSUED_SECONDS = 1_700_000_000;
export const ISSUED_MS = ISSUED_SECONDS * 1000;
export const DAY_MS = 24 * 3_600_000;

/** Expectations at the time of issue, for the app of the vectors. */
export const app = { appId: APP, certificates: [CERTIFICATE], nowMs: ISSUED_MS };
export const login = (userId: string) => ({ ...app, userId });

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const bytesOf = (text: string): Bytes => encodeUtf8(text);

/** The error code of a refusal; "ok" otherwise, so that a test that expects a refusal says what it got. */
export const codeOf = (result: Result<unknown, WireError>): ErrorCode | "ok" => (result.ok ? "ok" : result.error.code);

/** `text` with one bit of one character flipped. */
export const flipped = (text: string, at: number, bit: number): string =>
  text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);

export const SEED = 20_260_101;
