import * as z from "zod";
import { LIMITS } from "./limits.ts";
import { APP_ID, DEVICE_ID, isName } from "./names.ts";

/** The names of names.ts as schemas. */
const name = (what: string) =>
  z
    .string()
    .min(1)
    .max(LIMITS.nameBytes)
    .refine(isName, { error: `${what}: 1 to ${LIMITS.nameBytes} bytes of UTF-8 without control characters`, params: { limit: LIMITS.nameBytes } });

export const appId = z.string().regex(APP_ID, { error: "an app id has 32 lower-case hex digits" });
export const userId = name("user id");
/** Chosen by the client, kept over its restarts. */
export const deviceId = z.string().regex(DEVICE_ID, { error: "a device id has 1 to 64 of A-Z a-z 0-9 . _ ~ -" });
export const channel = z.strictObject({
  type: z.enum(["message", "stream", "room"]),
  name: name("channel name"),
});
/** Rising per device; on a publish and a peer message also the client id. */
export const requestId = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
/** Over sockets: the id of the message before this one to the same place, as long as that has no answer. Before it, this one is refused. */
export const follows = requestId.optional();
export const seq = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
/** 64 random bits as 16 hex digits. */
export const epoch = z.string().regex(/^[0-9a-f]{16}$/);
export const timeMs = z.int().min(0).max(8_640_000_000_000_000);
