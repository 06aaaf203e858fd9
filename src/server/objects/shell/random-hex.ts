/** 64 random bits: the identity of a stream's incarnation. */
export const randomHex = (): string => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
