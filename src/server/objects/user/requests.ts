import { TokenBuckets } from "../../../domain/token-buckets.ts";
import { CLOSE } from "../../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { decodeFrame } from "../../../protocol/frame.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { INBOX, isRequestId } from "../../../protocol/names.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import type { RateClass } from "../../../protocol/operations/operation.ts";
import { isAck, isChannelPublish, isPeerSend, isReceived } from "../../../protocol/operations/quick-check.ts";
import { messageRate, rateFor } from "../../../protocol/operations/rate.ts";
import { isRecord } from "../../../util/record.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { type CheckedCall, checkCall, operationNamed } from "../../call-dispatch.ts";
import { logLine, messageOf } from "../../log.ts";
import type { CallReply } from "../../trust.ts";
import { closeSocket } from "../shell/sockets.ts";
import type { Desks } from "./desks.ts";
import type { DeviceRecord } from "./device-table.ts";
import { type Asker, route, sendPeer } from "./route.ts";
import type { Session } from "./sessions.ts";

/** Buckets of ten devices and seven classes, with room for devices that come and go. */
const BUCKETS = 128;
const OP_CHARS = 64;

const REQUEST_KEYS: ReadonlySet<string> = new Set(["type", "id", "op", "input"]);

interface Checked extends CheckedCall {
  /** The input once more, where it is that of a peer message. */
  readonly peer?: InputOf<"peer.send">;
}

/** Who has sent a frame. */
interface From {
  readonly socket: WebSocket;
  readonly session: Session;
  readonly record: DeviceRecord;
  /** When its frame came: to ask the clock is dear. */
  readonly now: number;
}

/** Frames from a user's devices. */
export class Requests {
  readonly #desks: Desks;
  readonly #buckets = new TokenBuckets(BUCKETS);

  constructor(desks: Desks) {
    this.#desks = desks;
  }

  /** A promise only where something in the frame takes its time: most frames hold peer messages and receipts, which are done at once. */
  frame(socket: WebSocket, data: string | ArrayBuffer): void | Promise<void> {
    const { sessions, devices } = this.#desks.home;
    const session = sessions.of(socket);
    const record = session === undefined ? undefined : devices.get(session.device);
    if (session === undefined || record === undefined || record.generation !== session.generation) return closeSocket(socket, CLOSE.loggedOut);
    const now = this.#desks.home.now();
    sessions.hear(socket, now);
    this.#desks.presence.heard(session.device);
    const messages = decodeFrame(data);
    if (!messages.ok) return closeSocket(socket, messages.error.code === "too_large" ? CLOSE.tooLarge : CLOSE.badFrame);
    const from = { socket, session, record, now };
    const slow: Promise<void>[] = [];
    let understood = true;
    for (const message of messages.value) {
      const taken = this.#message(from, message);
      if (taken === false) understood = false;
      else if (taken !== true) slow.push(taken);
    }
    if (slow.length === 0) return understood ? undefined : this.#refuse(from);
    return Promise.all(slow).then(() => (understood ? undefined : this.#refuse(from)));
  }

  /** The good ones in the frame get their answers before the socket pays for a bad one. */
  #refuse({ socket, session }: From): void {
    this.#desks.home.sessions.flush(session.device);
    closeSocket(socket, CLOSE.badFrame);
  }

  /** False for what is no message at all, and has no id to answer to. */
  #message(from: From, message: Record<string, unknown>): boolean | Promise<void> {
    if (message.type === "ack") return this.#ack(from.session, message);
    if (message.type === "received") return this.#received(from.session, message);
    if (!isRequestId(message.id)) return false;
    const { id } = message;
    if (message.type !== "request") {
      this.#reply(from, id, { error: wireError("bad_frame", { field: "type" }) });
      return true;
    }
    return this.#request(from, id, message);
  }

  #request({ socket, session, record, now }: From, id: number, message: Record<string, unknown>): true | Promise<void> {
    const checked = this.#check(session, record, message, now);
    if (!checked.ok) {
      this.#reply({ session, record }, id, { error: checked.error });
      return true;
    }
    // What an operation does to the session (a renewal) must be seen by the next one in the frame.
    const present = this.#desks.home.devices.get(session.device) ?? record;
    if (checked.value.operation.name === "peer.send") {
      this.#sendPeer({ session, record: present, id }, checked.value.peer);
      return true;
    }
    const asker: Asker = { socket, session: this.#desks.home.sessions.of(socket) ?? session, record: present, id, afterReply: [] };
    return this.#routed(asker, checked.value);
  }

  #sendPeer(asker: Pick<Asker, "session" | "record" | "id">, input: Checked["peer"]): void {
    if (input === undefined) return this.#replySent(asker, asker.id, { error: wireError("bad_request", { field: "input" }) });
    try {
      sendPeer(this.#desks, asker, input, (reply) => this.#replySent(asker, asker.id, reply));
    } catch (error) {
      this.#replySent(asker, asker.id, failed("peer.send", error));
    }
  }

  async #routed(asker: Asker, checked: CheckedCall): Promise<void> {
    const { id, session, afterReply } = asker;
    if (checked.operation.name === "session.logout") {
      this.#reply(asker, id, { ok: {} });
      return this.#desks.sessions.logout(session.device);
    }
    try {
      this.#reply(asker, id, await route(this.#desks, asker, checked));
    } catch (error) {
      this.#reply(asker, id, failed(checked.operation.name, error));
    }
    for (const follow of afterReply) follow();
  }

  #check(session: Session, record: DeviceRecord, message: Record<string, unknown>, now: number): Result<Checked, WireError> {
    const { op, input } = message;
    if (typeof op !== "string" || op.length > OP_CHARS) return err(wireError("bad_request", { field: "op" }));
    if (!isRecord(input)) return err(wireError("bad_request", { field: "input" }));
    const extra = Object.keys(message).find((key) => !REQUEST_KEYS.has(key));
    if (extra !== undefined) return err(wireError("bad_request", { field: extra.slice(0, OP_CHARS) }));
    const operation = operationNamed(op);
    if (operation === undefined) return err(wireError("unknown_operation"));
    const wait = this.#wait(session, record, operation.rate, now);
    if (wait > 0) return err(wireError("rate_limited", { retryAfterMs: wait }));
    if (operation.name === "peer.send" && isPeerSend(input)) return ok({ operation, input, peer: input });
    if (operation.name === "channel.publish" && isChannelPublish(input)) return ok({ operation, input });
    return checkCall(op, input, { kind: "user", app: this.#desks.home.app, user: this.#desks.home.user, rights: record.rights, device: session.device });
  }

  /** Per device and class; a device that is over its rate costs the others nothing. */
  #wait({ device }: Session, { settings }: DeviceRecord, rate: RateClass, now: number): number {
    if (rate !== "message") return this.#buckets.take(`${rate}:${device}`, rateFor("user", rate), now);
    return this.#buckets.take(`${rate}:${device}`, messageRate(settings.messagesPerSecond), now, LIMITS.ratePauseMs);
  }

  #ack({ device }: Session, message: Record<string, unknown>): boolean {
    if (!isAck(message)) return false;
    if (message.stream === INBOX) this.#desks.peers.acknowledge(device, message.upTo);
    else this.#desks.channels.acknowledge(device, message.stream, message.upTo);
    return true;
  }

  #received({ device }: Session, message: Record<string, unknown>): boolean {
    if (!isReceived(message)) return false;
    this.#desks.peers.received(
      device,
      message.messages.map(([from, sender, id]) => ({ from, device: sender, id })),
    );
    return true;
  }

  /**
   * To the device: it may have reconnected while the answer was on its way, or the request itself have raised its
   * generation. Not to a later login: its ids are its own.
   */
  #reply({ session, record }: Pick<From, "session" | "record">, id: number, reply: CallReply): void {
    const { sessions, devices } = this.#desks.home;
    if (devices.get(session.device)?.instance === record.instance) sessions.send(session.device, [{ type: "reply", id, ...reply }]);
  }

  /** The same for a peer message, whose answer never has bytes: it goes with what else the turn has for the device. */
  #replySent({ session, record }: Pick<From, "session" | "record">, id: number, reply: CallReply): void {
    const { sessions, devices } = this.#desks.home;
    if (devices.get(session.device)?.instance === record.instance) sessions.post(session.device, JSON.stringify({ type: "reply", id, ...reply }));
  }
}

function failed(op: string, error: unknown): CallReply {
  logLine("user.request-failed", { op, message: messageOf(error) });
  return { error: wireError("internal") };
}
