import type { KeyUse, TokenCrypto } from "../../protocol/token-codec/token-crypto.ts";
import { toBase64Url } from "../../util/base64url.ts";
import type { Bytes } from "../../util/bytes.ts";
import { inflate } from "../../util/inflate.ts";

/** Keys kept imported: the certificates of the apps that one isolate serves, and the ticket secret. */
const KEPT_KEYS = 256;

const HMAC_SHA256 = { name: "HMAC", hash: "SHA-256" };

/** WebCrypto and the compression stream, as Workers and Node both have them. */
export function webTokenCrypto(): TokenCrypto {
  const keys = new KeyCache();
  return {
    async hmacSha256(key, message, use) {
      return new Uint8Array(await crypto.subtle.sign("HMAC", await keys.imported(key, use), message));
    },
    async inflate(bytes, maxBytes) {
      return inflate(bytes, maxBytes);
    },
    async deflate(bytes) {
      const stream = new CompressionStream("deflate");
      const written = write(stream.writable.getWriter(), bytes);
      const compressed = new Uint8Array(await new Response(stream.readable).arrayBuffer());
      await written;
      return compressed;
    },
  };
}

async function write(writer: WritableStreamDefaultWriter<Bytes>, bytes: Bytes): Promise<void> {
  await writer.write(bytes);
  await writer.close();
}

/** Importing costs about as much as signing, so keys that come again stay; the one unused for longest goes first. */
class KeyCache {
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  imported(key: Bytes, use: KeyUse): Promise<CryptoKey> {
    if (use === "once") return importKey(key);
    const name = toBase64Url(key);
    const imported = this.#keys.get(name) ?? importKey(key);
    this.#keys.delete(name);
    this.#keys.set(name, imported);
    if (this.#keys.size > KEPT_KEYS) this.#forgetOldest();
    return imported;
  }

  #forgetOldest(): void {
    for (const oldest of this.#keys.keys()) {
      this.#keys.delete(oldest);
      return;
    }
  }
}

const importKey = (key: Bytes): Promise<CryptoKey> => crypto.subtle.importKey("raw", key, HMAC_SHA256, false, ["sign"]);
