import { toHex } from "../../../util/hex.ts";

/** 64 random bits: the identity of a stream's incarnation. */
export const randomHex = (): string => toHex(crypto.getRandomValues(new Uint8Array(8)));
