import type { Bytes } from "../../util/bytes.ts";

/** Whether a key comes again, as an app's certificate does, or serves one token only: the former is worth keeping imported. */
export type KeyUse = "kept" | "once";

/** What the token and ticket code asks of the platform. */
export interface TokenCrypto {
  /** The key is never empty. */
  hmacSha256(key: Bytes, message: Bytes, use: KeyUse): Promise<Bytes>;
  /** zlib format. Undefined when the bytes are not that, or grow beyond `maxBytes`; it stops working there. */
  inflate(bytes: Bytes, maxBytes: number): Promise<Bytes | undefined>;
  /** zlib format. */
  deflate(bytes: Bytes): Promise<Bytes>;
}

export type Signer = Pick<TokenCrypto, "hmacSha256">;
