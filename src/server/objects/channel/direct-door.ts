import { channelResource } from "../../../domain/access/rights.ts";
import type { Published } from "../../../domain/channel/broadcast.ts";
import type { Publish } from "../../../domain/channel/intake.ts";
import { deviceKey } from "../../../domain/channel/members.ts";
import type { Subscriber } from "../../../domain/channel/ports.ts";
import { TokenBuckets } from "../../../domain/token-buckets.ts";
import { CLOSE } from "../../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { decodeFrame, encodeFrame } from "../../../protocol/frame.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { type ChannelRef, channelStream, isRequestId } from "../../../protocol/names.ts";
import type { RateClass } from "../../../protocol/operations/operation.ts";
import { messageRate, rateFor } from "../../../protocol/operations/rate.ts";
import { asPublish, type PublishRequest } from "../../../protocol/publish-guard.ts";
import { DEFAULT_SETTINGS } from "../../../protocol/settings.ts";
import { isRecord } from "../../../util/record.ts";
import { err, type Result } from "../../../util/result.ts";
import { callOf, checkCall } from "../../call-dispatch.ts";
import { logLine, messageOf } from "../../log.ts";
import type { Call, Caller } from "../../trust.ts";
import { sendFrame } from "../shell/sockets.ts";
import { JoinedAnswers } from "./answers.ts";

/** What stands behind the door: a channel, or a leaf of one. */
export interface DoorPorts<One extends Subscriber> {
  messagesPerSecond(): number;
  /** Answers at once, or `missed` hears of it; of what is accepted the echo is the answer, except where it was left out or is a repeat. */
  publish(from: One, message: Publish, missed: (result: Result<Published, WireError>) => void): Result<Published, WireError> | undefined;
  acknowledge(by: One, upTo: number): void;
  leave(who: One): void;
  /** After the last message of a frame. */
  settle(): void;
  run(call: Call, from: One): Promise<Result<Record<string, unknown>, WireError>>;
  /** Its client does not speak the protocol. */
  end(socket: WebSocket, who: One, close: { readonly code: number; readonly reason: string }): void;
  background(work: Promise<void>): void;
}

/** What comes in on direct sockets: frames decoded, rates kept, requests checked and answered. */
export class DirectDoor<One extends Subscriber> {
  readonly #app: string;
  readonly #ref: ChannelRef;
  readonly #stream: string;
  readonly #ports: DoorPorts<One>;
  readonly #rates = new TokenBuckets(LIMITS.socketsPerObject);
  readonly #answers = new JoinedAnswers();

  constructor(app: string, ref: ChannelRef, ports: DoorPorts<One>) {
    this.#app = app;
    this.#ref = ref;
    this.#stream = channelStream(ref);
    this.#ports = ports;
  }

  frame(socket: WebSocket, subscriber: One, data: string | ArrayBuffer): void {
    const decoded = decodeFrame(data);
    if (!decoded.ok) {
      const close = decoded.error.code === "too_large" ? CLOSE.tooLarge : { ...CLOSE.badFrame, reason: decoded.error.message };
      return this.#ports.end(socket, subscriber, close);
    }
    let understood = true;
    for (const message of decoded.value) {
      const publish = asPublish(message);
      if (publish !== undefined) this.#publish(socket, subscriber, publish);
      else if (!this.#other(socket, subscriber, message)) understood = false;
    }
    this.#ports.settle();
    // The good ones in the frame have their turn before the socket pays for a bad one.
    if (understood) return;
    this.#answers.flush();
    this.#ports.end(socket, subscriber, CLOSE.badFrame);
  }

  #publish(socket: WebSocket, subscriber: One, publish: PublishRequest): void {
    const { id, data, customType, store, key, priority, follows } = publish;
    const answer = (result: Result<Published, WireError>): void => this.#answers.add(socket, replyTo(id, result));
    const refused = this.#refuse(subscriber, publish.channel);
    if (refused !== undefined) return answer(err(refused));
    const { user: from, device, key: writer } = subscriber;
    const answered = this.#ports.publish(subscriber, { from, device, id, data, customType, store, key, priority, follows, writer }, answer);
    if (answered !== undefined) answer(answered);
  }

  #refuse(subscriber: One, channel: ChannelRef | undefined): WireError | undefined {
    if (channel !== undefined && (channel.name !== this.#ref.name || channel.type !== this.#ref.type)) {
      return wireError("bad_request", { field: "channel", message: "channel: a direct socket is for its own channel" });
    }
    if (!subscriber.write) return wireError("forbidden", { field: "channel", message: "the token does not allow to publish to this channel" });
    return this.#rate(subscriber);
  }

  #rate({ user, device, key = deviceKey(user, device) }: One): WireError | undefined {
    const waitMs = this.#rates.take(key, messageRate(this.#ports.messagesPerSecond()), Date.now(), LIMITS.ratePauseMs);
    return waitMs === 0 ? undefined : wireError("rate_limited", { retryAfterMs: waitMs });
  }

  /** Beside the rate of all messages, as on session sockets. A device's name has no colon. */
  #classRate({ user, device }: One, rate: RateClass): WireError | undefined {
    if (rate === "message") return undefined;
    const waitMs = this.#rates.take(`${rate}:${device} ${user}`, rateFor("user", rate), Date.now());
    return waitMs === 0 ? undefined : wireError("rate_limited", { retryAfterMs: waitMs });
  }

  /** Anything but a plain publish. False: not a message of the protocol. */
  #other(socket: WebSocket, subscriber: One, message: Record<string, unknown>): boolean {
    if (message.type === "ack") {
      if (!Number.isSafeInteger(message.upTo) || message.stream !== this.#stream) return false;
      this.#ports.acknowledge(subscriber, Number(message.upTo));
      return true;
    }
    if (!isRequestId(message.id)) return false;
    const { id, type, op } = message;
    const rate = this.#rate(subscriber);
    if (rate !== undefined) reply(socket, id, { error: rate });
    else if (type !== "request") reply(socket, id, { error: wireError("bad_frame", { field: "type" }) });
    else if (typeof op !== "string") reply(socket, id, { error: wireError("bad_request", { field: "op" }) });
    else this.#ports.background(this.#request(socket, subscriber, id, op, message.input));
    return true;
  }

  /** A direct socket is for one channel, which need not be named. */
  #implied(op: string): object {
    return op.startsWith("room.") ? { room: this.#ref.name } : { channel: this.#ref };
  }

  async #request(socket: WebSocket, subscriber: One, id: number, op: string, rawInput: unknown): Promise<void> {
    const rights = [
      {
        resource: channelResource(this.#ref.type),
        access: subscriber.write ? ("rw" as const) : ("r" as const),
        names: [this.#ref.name],
      },
    ];
    const caller: Caller = { kind: "user", app: this.#app, user: subscriber.user, device: subscriber.device, rights };
    const input = isRecord(rawInput) ? { ...this.#implied(op), ...rawInput } : rawInput;
    const checked = checkCall(op, input, caller);
    if (!checked.ok) return reply(socket, id, { error: checked.error });
    const tooOften = this.#classRate(subscriber, checked.value.operation.rate);
    if (tooOften !== undefined) return reply(socket, id, { error: tooOften });
    const here = checked.value.operation.runsAt;
    if (op === "channel.leave") {
      this.#answers.flush();
      reply(socket, id, { ok: {} });
      return this.#ports.leave(subscriber);
    }
    const target = here.place === "channel" ? here.key(checked.value.input) : undefined;
    if (target?.name !== this.#ref.name || target.type !== this.#ref.type) {
      return reply(socket, id, { error: wireError("bad_request", { field: "op", message: `${op} goes over the session socket` }) });
    }
    try {
      const result = await this.#ports.run(callOf(checked.value, caller, { settings: DEFAULT_SETTINGS, id }), subscriber);
      reply(socket, id, result.ok ? { ok: result.value } : { error: result.error });
    } catch (error) {
      logLine("channel.request-failed", { op, message: messageOf(error) });
      reply(socket, id, { error: wireError("internal") });
    }
  }
}

const replyTo = (id: number, result: Result<object, WireError>): object => ({
  type: "reply",
  id,
  ...(result.ok ? { ok: result.value } : { error: result.error }),
});

function reply(socket: WebSocket, id: number, answer: { ok: object } | { error: WireError }): void {
  sendFrame(socket, encodeFrame([{ type: "reply", id, ...answer }]));
}
