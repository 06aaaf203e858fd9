import { createHash, createHmac } from "node:crypto";

interface Key {
  readonly bytes: Uint8Array;
}

/** WebCrypto as far as the product uses it: its answers come at once, and what is random comes from the run's seed. */
export function simulatedCrypto(random: () => number): object {
  const fill = <T extends Uint8Array | Uint16Array | Uint32Array>(array: T): T => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random() * 256);
    return array;
  };
  return {
    getRandomValues: fill,
    randomUUID: () => {
      const hex = Buffer.from(fill(new Uint8Array(16))).toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
    subtle: {
      importKey: async (_format: "raw", bytes: Uint8Array | ArrayBuffer): Promise<Key> => ({ bytes: new Uint8Array(bytes) }),
      sign: async (_algorithm: unknown, key: Key, message: Uint8Array | ArrayBuffer): Promise<ArrayBuffer> =>
        exact(createHmac("sha256", key.bytes).update(new Uint8Array(message)).digest()),
      digest: async (_algorithm: "SHA-256", message: Uint8Array | ArrayBuffer): Promise<ArrayBuffer> =>
        exact(createHash("sha256").update(new Uint8Array(message)).digest()),
    },
  };
}

const exact = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;
