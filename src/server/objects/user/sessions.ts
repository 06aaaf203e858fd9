import * as z from "zod";
import type { Frame } from "../../../protocol/frame.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import { LIMITS } from "../../../protocol/limits.ts";
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
  /** Its device has heard that the token is about to end. */
  warned: z.literal(true).optional(),
  attempt: z.int().optional(),
  ahead: aheadOfClock.optional(),
});
export type Session = Readonly<z.infer<typeof session>>;

/** A UTF-16 unit takes at most three bytes. */
const FRAME_CHARS = LIMITS.frameBytes / 4;

/** What a turn has for one device so far, each message as JSON. */
interface Posted {
  texts: string[];
  chars: number;
}

/** The session sockets of a user. */
export class Sessions {
  readonly #ctx: DurableObjectState;
  // Caches: attachments hold the truth.
  readonly #sessions = new WeakMap<WebSocket, Session>();
  readonly #heard = new WeakMap<WebSocket, number>();
  readonly #newest = new Map<DeviceId, WebSocket>();
  readonly #posted = new Map<DeviceId, Posted>();

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
    const known = this.#newest.get(device);
    if (known?.readyState === WebSocket.OPEN) return known;
    const found = this.#find(device);
    if (found === undefined) this.#newest.delete(device);
    else this.#newest.set(device, found);
    return found;
  }

  /** A socket was accepted for this device: whoever asks for the device's means this one. */
  accepted(device: DeviceId, socket: WebSocket): void {
    this.#newest.set(device, socket);
  }

  #find(device: DeviceId): WebSocket | undefined {
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

  /** For this device, as JSON, with whatever else this turn has for it: a frame costs more than what is in it. In the order of all that is sent. */
  post(device: DeviceId, text: string): void {
    let posted = this.#posted.get(device);
    if (posted === undefined) {
      posted = { texts: [], chars: 0 };
      this.#posted.set(device, posted);
      if (this.#posted.size === 1) queueMicrotask(() => this.flush());
    }
    if (posted.texts.length > 0 && (posted.texts.length >= LIMITS.frameMessages || posted.chars + text.length > FRAME_CHARS)) this.#flushOne(device, posted);
    posted.texts.push(text);
    posted.chars += text.length;
  }

  /** What was posted leaves now: before anything else that is sent, or a close. */
  flush(device?: DeviceId): void {
    if (this.#posted.size === 0) return;
    if (device === undefined) {
      for (const [each, posted] of this.#posted) this.#flushOne(each, posted);
      this.#posted.clear();
      return;
    }
    const posted = this.#posted.get(device);
    if (posted !== undefined) this.#flushOne(device, posted);
  }

  #flushOne(device: DeviceId, posted: Posted): void {
    const { texts } = posted;
    if (texts.length === 0) return;
    posted.texts = [];
    posted.chars = 0;
    const socket = this.socket(device);
    if (socket !== undefined) sendFrame(socket, texts.length === 1 ? (texts[0] as string) : `[${texts.join(",")}]`);
  }

  sendFrame(device: DeviceId, frame: Frame): boolean {
    this.flush(device);
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
