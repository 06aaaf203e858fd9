import * as z from "zod";
import { deviceKey } from "../../../domain/channel/members.ts";
import type { Subscriber } from "../../../domain/channel/ports.ts";
import type { Frame } from "../../../protocol/frame.ts";
import type { ChannelTrust } from "../../trust.ts";
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
  brief: z.literal(true).optional(),
  ahead: aheadOfClock.optional(),
});
export type SocketAttachment = z.infer<typeof attachment>;

/** Of a socket that is accepted now. */
export const attachmentOf = ({ user, device, generation, write, keepAliveMs, attempt, brief }: ChannelTrust): SocketAttachment => ({
  user,
  device,
  generation,
  write,
  keepAliveMs,
  acceptedAt: Date.now(),
  ...(attempt !== undefined && { attempt }),
  ...(brief === true && { brief }),
});

/** Silence for this many keep-alives ends a presence. */
const KEEP_ALIVES = 3;

/** A class, and no closures: thousands of them are gone through with each flush. */
export class SocketSubscriber implements Subscriber {
  readonly user: string;
  readonly device: string;
  readonly key: string;
  readonly generation: number;
  readonly write: boolean;
  readonly via = "socket";
  readonly attempt: number | undefined;
  readonly brief: boolean;
  readonly #ctx: DurableObjectState;
  readonly #socket: WebSocket;
  #kept: SocketAttachment;

  constructor(ctx: DurableObjectState, socket: WebSocket, kept: SocketAttachment) {
    this.user = kept.user;
    this.device = kept.device;
    this.key = deviceKey(kept.user, kept.device);
    this.generation = kept.generation;
    this.write = kept.write;
    this.attempt = kept.attempt;
    this.brief = kept.brief === true;
    this.#ctx = ctx;
    this.#socket = socket;
    this.#kept = kept;
  }

  get acceptedAt(): number {
    return this.#kept.acceptedAt;
  }

  /** A dead socket has its close event to come; nobody else notices. */
  send(frame: Frame): void {
    sendFrame(this.#socket, frame);
  }

  close(code: number, reason: string): void {
    closeSocket(this.#socket, { code, reason });
  }

  expiresAt(): number {
    const { acceptedAt, keepAliveMs, ahead } = this.#kept;
    const heardAt = lastSign([lastPing(this.#ctx, this.#socket) ?? 0, acceptedAt], Date.now(), ahead, (noticed) => {
      this.#kept = { ...this.#kept, ahead: noticed };
      writeAttachment(this.#socket, this.#kept);
    });
    return heardAt + KEEP_ALIVES * keepAliveMs;
  }
}

/** Undefined for a socket that is none of ours. */
export function readAttachment(socket: WebSocket): SocketAttachment | undefined {
  const parsed = attachment.safeParse(socket.deserializeAttachment());
  return parsed.success ? parsed.data : undefined;
}
