import * as z from "zod";
import type { Subscriber } from "../../../domain/channel/ports.ts";
import { aheadOfClock, lastSign } from "../shell/sign-of-life.ts";
import { closeSocket, lastPing, sendFrame, writeAttachment } from "../shell/sockets.ts";

/** What a direct socket keeps over hibernation. */
const attachment = z.strictObject({
  user: z.string(),
  device: z.string(),
  generation: z.number(),
  write: z.boolean(),
  keepAliveMs: z.number(),
  acceptedAt: z.number(),
  attempt: z.number().optional(),
  ahead: aheadOfClock.optional(),
});
export type SocketAttachment = z.infer<typeof attachment>;

/** Silence for this many keep-alives ends a presence. */
const KEEP_ALIVES = 3;

export function socketSubscriber(ctx: DurableObjectState, socket: WebSocket, kept: SocketAttachment): Subscriber {
  let { ahead } = kept;
  const heardAt = (): number =>
    lastSign([lastPing(ctx, socket) ?? 0, kept.acceptedAt], Date.now(), ahead, (noticed) => {
      ahead = noticed;
      writeAttachment(socket, { ...kept, ahead });
    });
  return {
    user: kept.user,
    device: kept.device,
    generation: kept.generation,
    write: kept.write,
    via: "socket",
    attempt: kept.attempt,
    // A dead socket has its close event to come; nobody else notices.
    send: (frame) => void sendFrame(socket, frame),
    close: (code, reason) => closeSocket(socket, { code, reason }),
    expiresAt: () => heardAt() + KEEP_ALIVES * kept.keepAliveMs,
  };
}

/** Undefined for a socket that is none of ours. */
export function readAttachment(socket: WebSocket): SocketAttachment | undefined {
  const parsed = attachment.safeParse(socket.deserializeAttachment());
  return parsed.success ? parsed.data : undefined;
}
