import * as z from "zod";
import { utf8Bytes } from "../util/text.ts";
import { LIMITS } from "./limits.ts";

/** Any Uint8Array, a view of shared memory or Node's Buffer included: `z.instanceof` would infer a narrower type. */
const bytes = z.custom<Uint8Array>((data) => data instanceof Uint8Array);

/**
 * What a message carries: text, or bytes. On the socket bytes travel behind the frame's header and arrive here already
 * put in place of `bin`; over REST they are the request's body.
 */
export const payload = z.union([z.string(), bytes]).refine((data) => payloadBytes(data) <= LIMITS.payloadBytes, {
  error: `at most ${LIMITS.payloadBytes} bytes`,
  params: { limit: LIMITS.payloadBytes, tooLarge: true },
});
export type Payload = string | Uint8Array;

export const payloadBytes = (data: Payload): number => (typeof data === "string" ? utf8Bytes(data) : data.byteLength);

export const customType = z.string().min(1).max(LIMITS.customTypeChars);

/** What a message is the state of. */
export const updateKey = z.string().min(1).max(LIMITS.updateKeyChars);
