import * as z from "zod";
import type { Frame } from "../../../protocol/frame.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import type { DeviceId } from "../../../protocol/names.ts";
import { aheadOfClock, lastSign } from "../shell/sign-of-life.ts";
import { lastPing, openSockets, sendFrame, writeAttachment } from "../shell/sockets.ts";

/** What a session socket keeps while the object sleeps. Everything longer stands in the device's row. */
const session = z.object({
  device: z.string(),
  instance: z.string(),
  generation: z.int(),
  keepAliveMs: z.int(),
  connectedAt: z.int(),
  /** The device's position in the inbox: frames up to here went out. */
  sent: z.int(),
  tokenExpiresAt: z.number(),
  enforceExpiry: z.boolean(),
  attempt: z.int().optional(),
  ahead: aheadOfClock.optional(),
});
export type Session = Readonly<z.infer<typeof session>>;

/** The session sockets of a user. */
export class Sessions {
  readonly #ctx: DurableObjectState;
  // Caches: attachments hold the truth.
  readonly #sessions = new WeakMap<WebSocket, Session>();
  readonly #heard = new WeakMap<WebSocket, number>();

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  of(socket: WebSocket): Session | undefined {
    const known = this.#sessions.get(socket);
    if (known !== undefined) return known;
    const read = session.safeParse(socket.deserializeAttachment());
    if (!read.success) return undefined;
    this.#sessions.set(socket, read.data);
    return read.data;
  }

  save(socket: WebSocket, next: Session): void {
    this.#sessions.set(socket, next);
    writeAttachment(socket, next);
  }

  /** The device's newest socket; older ones are being closed. */
  socket(device: DeviceId): WebSocket | undefined {
    let newest: WebSocket | undefined;
    for (const socket of openSockets(this.#ctx, device)) {
      if (newest === undefined || (this.of(socket)?.connectedAt ?? 0) >= (this.of(newest)?.connectedAt ?? 0)) newest = socket;
    }
    return newest;
  }

  /** The session on that socket. */
  present(device: DeviceId): Session | undefined {
    const socket = this.socket(device);
    return socket === undefined ? undefined : this.of(socket);
  }

  sockets(device?: DeviceId): WebSocket[] {
    return openSockets(this.#ctx, device);
  }

  connected(): Set<DeviceId> {
    return new Set(openSockets(this.#ctx).flatMap((socket) => this.of(socket)?.device ?? []));
  }

  send(device: DeviceId, messages: readonly object[]): boolean {
    return this.sendFrame(device, encodeFrame(messages));
  }

  sendFrame(device: DeviceId, frame: Frame): boolean {
    const socket = this.socket(device);
    return socket !== undefined && sendFrame(socket, frame);
  }

  /** A message is a sign of life, as a ping is. */
  hear(socket: WebSocket, now: number): void {
    this.#heard.set(socket, now);
  }

  heardAt(socket: WebSocket, now: number): number {
    const session = this.of(socket);
    const times = [session?.connectedAt ?? 0, this.#heard.get(socket) ?? 0, lastPing(this.#ctx, socket) ?? 0];
    return lastSign(times, now, session?.ahead, (ahead) => session !== undefined && this.save(socket, { ...session, ahead }));
  }
}
