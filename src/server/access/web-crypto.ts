import type { KeyUse, TokenCrypto } from "../../protocol/token-codec/token-crypto.ts";
import { must } from "../../util/assert.ts";
import { toBase64Url } from "../../util/base64url.ts";
import { type Bytes, concatBytes } from "../../util/bytes.ts";

/** Keys kept imported: the certificates of the apps that one isolate serves, and the ticket secret. */
const KEPT_KEYS = 256;

const HMAC_SHA256 = { name: "HMAC", hash: "SHA-256" };

/** WebCrypto and the compression streams, as Workers and Node both have them. */
export function webTokenCrypto(): TokenCrypto {
  const keys = new KeyCache();
  return {
    async hmacSha256(key, message, use) {
      return new Uint8Array(await crypto.subtle.sign("HMAC", await keys.imported(key, use), message));
    },
    async inflate(bytes, maxBytes) {
      try {
        return await collect(pump(new DecompressionStream("deflate"), bytes), maxBytes);
      } catch {
        return undefined;
      }
    },
    async deflate(bytes) {
      const compressed = await collect(pump(new CompressionStream("deflate"), bytes), Infinity);
      return must(compressed, "compression has no bound to exceed");
    },
  };
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

/** A slice of a compression bomb inflates to half a megabyte at most, and the next one waits for the reader to refuse. */
const SLICE_BYTES = 512;

/** Feeds the bytes in. A fault of theirs shows at the reading side, too, so that of the writing side is let go. */
function pump(stream: CompressionStream | DecompressionStream, bytes: Bytes): ReadableStream<Uint8Array> {
  feed(stream.writable.getWriter(), bytes).catch(() => undefined);
  return stream.readable;
}

async function feed(writer: WritableStreamDefaultWriter<Bytes>, bytes: Bytes): Promise<void> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) await writer.write(bytes.subarray(at, at + SLICE_BYTES));
  await writer.close();
}

/** All that a stream gives; undefined as soon as it gives more than `maxBytes`. */
async function collect(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Bytes | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    parts.push(next.value);
  }
  return concatBytes(...parts);
}
