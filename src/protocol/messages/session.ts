import * as z from "zod";
import { channel, deviceId, epoch, requestId, seq, timeMs, userId } from "../ids.ts";

/** Where a reader of a stream stands, or the stream's head. */
export const position = z.strictObject({ epoch, seq });
export type Position = z.infer<typeof position>;

/** Why a stream could not go on where the client stood. */
export const gapReason = z.enum(["epoch-changed", "too-old", "ahead"]);
export type GapReason = z.infer<typeof gapReason>;

/** The first message on every socket. */
export const welcome = z.discriminatedUnion("kind", [
  z.strictObject({
    type: z.literal("welcome"),
    kind: z.literal("session"),
    protocol: z.int(),
    user: userId,
    device: deviceId,
    /** Rises with every login of the user; a reconnect of the same client instance keeps it. */
    generation: z.int(),
    /** Request ids of this session are above this. */
    firstId: requestId,
    serverTime: timeMs,
    /** When the token ends; absent where its end does not end the session. */
    tokenExpiresAt: timeMs.optional(),
    keepAliveMs: z.int(),
    /** First reconnect within this, then full jitter. */
    reconnectSpreadMs: z.int(),
    /** This device's place in the inbox; event frames from here follow. */
    inbox: position,
    limits: z.strictObject({ frameBytes: z.int(), payloadBytes: z.int(), directSockets: z.int(), channels: z.int() }),
  }),
  z.strictObject({
    type: z.literal("welcome"),
    kind: z.literal("channel"),
    protocol: z.int(),
    channel,
    stream: z.string(),
    epoch,
    /** Where event frames for this client start: its own position if recovered, else the head. */
    seq,
    /** Absent on a first join, which asks for nothing back. */
    recovered: z.boolean().optional(),
    reason: gapReason.optional(),
    members: z.int(),
    serverTime: timeMs,
  }),
]);
export type Welcome = z.infer<typeof welcome>;

/** The server is about to end this socket; reconnect within `retryAfterMs`, jittered. */
export const goaway = z.strictObject({ type: z.literal("goaway"), reason: z.string(), retryAfterMs: z.int() });
export type GoAway = z.infer<typeof goaway>;
