import * as z from "zod";
import { deviceKey } from "../../../domain/channel/members.ts";
import type { Subscriber } from "../../../domain/channel/ports.ts";
import { closeSocket, lastPing, sendFrame } from "../shell/sockets.ts";

/** What a direct socket keeps over hibernation. */
const attachment = z.strictObject({
  user: z.string(),
  device: z.string(),
  generation: z.number(),
  write: z.boolean(),
  keepAliveMs: z.number(),
  acceptedAt: z.number(),
  attempt: z.number().optional(),
});
export type SocketAttachment = z.infer<typeof attachment>;

/** Silence for this many keep-alives ends a presence. */
const KEEP_ALIVES = 3;

export function socketSubscriber(ctx: DurableObjectState, socket: WebSocket, kept: SocketAttachment): Subscriber {
  return {
    user: kept.user,
    device: kept.device,
    key: deviceKey(kept.user, kept.device),
    generation: kept.generation,
    write: kept.write,
    via: "socket",
    attempt: kept.attempt,
    // A dead socket has its close event to come; nobody else notices.
    send: (frame) => void sendFrame(socket, frame),
    close: (code, reason) => closeSocket(socket, { code, reason }),
    expiresAt: () => Math.max(lastPing(ctx, socket) ?? 0, kept.acceptedAt) + KEEP_ALIVES * kept.keepAliveMs,
  };
}

/** Undefined for a socket that is none of ours. */
export function readAttachment(socket: WebSocket): SocketAttachment | undefined {
  const parsed = attachment.safeParse(socket.deserializeAttachment());
  return parsed.success ? parsed.data : undefined;
}
