import { DurableObject } from "cloudflare:workers";
import type { Published } from "../../domain/channel/broadcast.ts";
import { Channel, type Publish } from "../../domain/channel/channel.ts";
import { deviceKey, type PresenceChange } from "../../domain/channel/members.ts";
import { Pace } from "../../domain/channel/pace.ts";
import type { ChannelDeadline, ChannelPorts, Subscriber } from "../../domain/channel/ports.ts";
import { TokenBuckets } from "../../domain/token-buckets.ts";
import { CLOSE, sendableCloseCode } from "../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { decodeFrame, encodeFrame } from "../../protocol/frame.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import type { Welcome } from "../../protocol/messages/session.ts";
import { type ChannelRef, type DeviceId, isRequestId, type UserId } from "../../protocol/names.ts";
import type { RateClass } from "../../protocol/operations/operation.ts";
import { messageRate, rateFor } from "../../protocol/operations/rate.ts";
import { asPublish, type PublishRequest } from "../../protocol/publish-guard.ts";
import { DEFAULT_SETTINGS } from "../../protocol/settings.ts";
import { PROTOCOL_VERSION } from "../../protocol/version.ts";
import type { Result } from "../../util/result.ts";
import { callOf, checkCall } from "../call-dispatch.ts";
import type { Env } from "../env.ts";
import { pushEvents } from "../events/queue.ts";
import { Exporter } from "../history/export.ts";
import { logLine, messageOf } from "../log.ts";
import { CHANNEL_SCHEMA } from "../storage/channel-schema.ts";
import { SqlChannelStateStore, SqlRosterStore } from "../storage/sql-channel-stores.ts";
import { SqlLogStore } from "../storage/sql-log-store.ts";
import { timeScale } from "../time-scale.ts";
import { type Call, type Caller, type CallReply, type ChannelTrust, type Revocation, type RiderJoined, type RiderTrust, TRUST_HEADER } from "../trust.ts";
import { JoinedAnswers } from "./channel/answers.ts";
import { Attended } from "./channel/attended.ts";
import { type ChannelSettings, channelLimits, channelSettings } from "./channel/limits.ts";
import { answerForNoChannel, type ChannelHost, runChannelOperation } from "./channel/operations.ts";
import { Riders } from "./channel/riders.ts";
import { readAttachment, type SocketAttachment, SocketSubscriber } from "./channel/socket-subscriber.ts";
import { parseObjectName, userObject } from "./locate.ts";
import { Deadlines } from "./shell/alarms.ts";
import { randomHex } from "./shell/random-hex.ts";
import { migrate, schemaVersion } from "./shell/schema.ts";
import { acceptUpgrade, answerPings, closeSocket, openSockets, refuseUpgrade, sendFrame } from "./shell/sockets.ts";
import { StorageMeter } from "./shell/storage-meter.ts";

const CLOSE_FOR = { logout: CLOSE.loggedOut, kick: CLOSE.banned, replaced: CLOSE.replaced, rights: CLOSE.rightsChanged } as const;

/** Of all channels that this isolate holds. */
const PACE = new Pace();

/** Who came and went has to be handed over; beside the channel's own deadlines. */
const EVENTS_DEADLINE = "events";
const EVENTS_RETRY_MS = 10_000;

/** The runtime around a channel: sockets, alarms, storage and RPC. What happens is decided in `Channel`. */
export class ChannelObject extends DurableObject<Env> {
  readonly #app: string;
  readonly #ref: ChannelRef;
  readonly #scale: number;
  readonly #exporter: Exporter;
  readonly #attended: Attended;
  readonly #riders: Riders;
  readonly #rates = new TokenBuckets(LIMITS.socketsPerObject);
  readonly #underWay: ChannelHost["underWay"] = new Map();
  readonly #meter: StorageMeter;
  readonly #answers = new JoinedAnswers();
  readonly #since = Date.now();
  readonly #subscribers = new Map<WebSocket, Subscriber>();
  #opened: Deadlines | undefined;
  #settings: ChannelSettings;
  #channel: Channel | undefined;
  #timer: { handle: ReturnType<typeof setTimeout>; at: number } | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = parseObjectName(ctx.id.name ?? "");
    if (name?.kind !== "channel") throw new Error("a channel object is reached by its name only");
    this.#app = name.app;
    this.#ref = name.channel;
    this.#scale = timeScale(env);
    this.#exporter = new Exporter(env.DB);
    this.#riders = new Riders(this.#ref, {
      link: (user) => userObject(env, this.#app, user, { jurisdiction: ctx.id.jurisdiction }),
      background: (work) => ctx.waitUntil(work),
      now: () => Date.now(),
      lost: (user, device) => this.#channel?.lose(user, device),
    });
    this.#settings = (ctx.storage.kv.get<ChannelSettings>("settings") ?? channelSettings(DEFAULT_SETTINGS)) satisfies ChannelSettings;
    answerPings(ctx);
    this.#meter = new StorageMeter(ctx.storage);
    this.#attended = new Attended(this.#meter.sql, this.#ref.name);
    if (schemaVersion(ctx.storage.sql) > 0) this.#open();
  }

  // ---- sockets

  override async fetch(request: Request): Promise<Response> {
    const header = request.headers.get(TRUST_HEADER);
    if (header === null || request.headers.get("upgrade") !== "websocket") return new Response("not found", { status: 404 });
    const trust = JSON.parse(decodeURIComponent(header)) as ChannelTrust;
    this.#learn(trust.settings);
    const channel = this.#live();
    const refusal = trust.read ? channel.refusal(trust.user, trust.device, trust.generation, trust.attempt) : wireError("forbidden");
    if (refusal !== undefined) return refuseUpgrade(closeFor(refusal));
    const kept: SocketAttachment = {
      user: trust.user,
      device: trust.device,
      generation: trust.generation,
      write: trust.write,
      keepAliveMs: trust.keepAliveMs,
      acceptedAt: Date.now(),
      ...(trust.attempt !== undefined && { attempt: trust.attempt }),
    };
    const { socket, response } = acceptUpgrade(this.ctx, [], kept);
    const subscriber = new SocketSubscriber(this.ctx, socket, kept);
    this.#subscribers.set(socket, subscriber);
    const { frames, ...joined } = channel.join(subscriber, trust.position);
    const welcome: Welcome = { type: "welcome", kind: "channel", protocol: PROTOCOL_VERSION, channel: this.#ref, ...joined, serverTime: Date.now() };
    sendFrame(socket, JSON.stringify(welcome));
    for (const frame of frames) sendFrame(socket, frame);
    return response;
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    // Closed from here: whoever does not answer the close must not go on speaking.
    if (socket.readyState !== WebSocket.OPEN) return;
    const channel = this.#live();
    const subscriber = this.#subscriberOf(socket);
    if (subscriber === undefined) return closeSocket(socket, CLOSE.internal);
    const decoded = decodeFrame(data);
    if (!decoded.ok)
      return this.#end(socket, subscriber, decoded.error.code === "too_large" ? CLOSE.tooLarge : { ...CLOSE.badFrame, reason: decoded.error.message });
    let understood = true;
    for (const message of decoded.value) {
      const publish = asPublish(message);
      if (publish !== undefined) this.#publish(channel, socket, subscriber, publish);
      else if (!this.#other(channel, socket, subscriber, message)) understood = false;
    }
    channel.settle();
    // The good ones in the frame have their turn before the socket pays for a bad one.
    if (!understood) this.#end(socket, subscriber, CLOSE.badFrame);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    closeSocket(socket, { code: sendableCloseCode(code), reason });
    const subscriber = this.#subscriberOf(socket);
    this.#subscribers.delete(socket);
    if (subscriber !== undefined) this.#existing()?.disconnected(subscriber, code === 1000);
  }

  override webSocketError(socket: WebSocket): void {
    this.webSocketClose(socket, 1011, "");
  }

  // ---- RPC

  /** Runs a request/response operation; the door has checked its input. */
  async call(call: Call): Promise<CallReply> {
    // Asking after a channel that never was must not make it one.
    const nothing = this.#opened === undefined ? answerForNoChannel(this.#ref, call) : undefined;
    if (nothing !== undefined) return { ok: nothing };
    this.#learn(call.settings);
    const result = await runChannelOperation(this.#host(), call);
    return result.ok ? { ok: result.value } : { error: result.error };
  }

  /** Lets a channel ride on a device's session socket. */
  attach(trust: RiderTrust): { ok: RiderJoined } | { error: WireError } {
    this.#learn(trust.settings);
    const channel = this.#live();
    const refusal = trust.read ? channel.refusal(trust.user, trust.device, trust.generation) : wireError("forbidden", { field: "channel" });
    if (refusal !== undefined) return { error: refusal };
    return { ok: channel.join(this.#riders.subscriber(trust), trust.position) };
  }

  detach({ user, device, reason, connectedAt }: { user: UserId; device: DeviceId; reason: "left" | "lost"; connectedAt: number }): void {
    if (reason === "left") this.#existing()?.leave(user, device);
    else if (!this.#riders.hasNewer(user, device, connectedAt)) this.#existing()?.lose(user, device);
  }

  leave({ user, device }: { user: UserId; device: DeviceId; generation: number }): void {
    this.#existing()?.leave(user, device);
  }

  revoke({ user, device, generation, reason, read }: Revocation): void {
    // Who may still read comes back with a new ticket, and nobody notices.
    const comesBack = reason === "rights" && read === true;
    this.#live().revoke({ user, device: device ?? "", generation, until: Date.now() + LIMITS.ticketTtlMs }, CLOSE_FOR[reason], comesBack);
  }

  // ---- time

  override async alarm(): Promise<void> {
    await this.#deadlines.run(
      Date.now(),
      (name) => (name === EVENTS_DEADLINE ? this.#handEvents() : this.#duty(name as ChannelDeadline)),
      (name, error) => logLine("channel.duty-failed", { duty: name, message: messageOf(error) }),
    );
  }

  async #duty(name: ChannelDeadline): Promise<void> {
    const channel = this.#existing();
    if (channel === undefined) {
      // What a forgotten channel has left: tickets it refuses.
      if (name === "empty") this.#forget();
      return;
    }
    if (name === "sweep") await this.#riders.probe();
    if (name !== "export") {
      if (channel.due(name).empty) this.#forget();
      return;
    }
    const again = await this.#exporter.run(channel.log, this.#app, channel.stream);
    if (again !== undefined) this.#deadlines.set("export", Date.now() + again * this.#scale);
  }

  /** RTM 1.x knows message channels only. */
  #membersChanged(change: PresenceChange): void {
    if (!this.#settings.restEvents || this.#ref.type !== "message") return;
    this.#attended.add(change, Date.now());
    this.#deadlines.setNoLater(EVENTS_DEADLINE, Date.now() + TIMINGS.restEventDelayMs * this.#scale);
  }

  async #handEvents(): Promise<void> {
    // Members lost with the object are noticed by a channel that lives.
    this.#existing();
    const { events, upTo } = this.#attended.waiting();
    const left = await pushEvents(this.env, this.#app, events, { jurisdiction: this.ctx.id.jurisdiction });
    this.#attended.done(upTo, left);
    if (left.length > 0) this.#deadlines.setNoLater(EVENTS_DEADLINE, Date.now() + EVENTS_RETRY_MS * this.#scale);
  }

  /** Ends an ephemeral channel: its log, members and attributes go; options and revoked tickets stay. */
  #forget(): void {
    const { log, roster, state } = this.#stores();
    log.clear();
    roster.clear();
    state.clear();
    state.dropRevocations(Date.now());
    const revoked = Math.max(0, ...state.revocations().map(({ until }) => until));
    // They are forgotten in their turn, which finds an empty channel.
    if (revoked > 0) this.#deadlines.set("empty" satisfies ChannelDeadline, revoked + 1);
    this.#channel = undefined;
  }

  // ---- inside

  get #deadlines(): Deadlines {
    return this.#open();
  }

  /** The object's storage, made at the first need of it. */
  #open(): Deadlines {
    if (this.#opened !== undefined) return this.#opened;
    migrate(this.ctx.storage.sql, CHANNEL_SCHEMA);
    const deadlines = new Deadlines(this.#meter);
    this.#opened = deadlines;
    if (this.#attended.some) deadlines.setNoLater(EVENTS_DEADLINE, Date.now() + TIMINGS.restEventDelayMs * this.#scale);
    this.ctx.waitUntil(deadlines.heal());
    return deadlines;
  }

  /** None where it never was, or was forgotten: who leaves it then must not make it anew. */
  #existing(): Channel | undefined {
    const exists = this.#channel !== undefined || (this.#opened !== undefined && this.#stores().log.meta() !== undefined);
    return exists ? this.#live() : undefined;
  }

  #live(): Channel {
    if (this.#channel !== undefined) return this.#channel;
    this.#open();
    const stores = this.#stores();
    const ports: ChannelPorts = {
      ...stores,
      now: () => Date.now(),
      newEpoch: randomHex,
      // A commit that fails resets the object: there is nobody left to be told.
      afterCommit: (done) => void this.ctx.storage.sync().then(done, () => undefined),
      wakeIn: (ms) => this.#wakeIn(ms),
      membersChanged: (change) => this.#membersChanged(change),
      deadline: (name, at) => this.#deadline(name, at),
      pace: PACE,
      failed: (error) => logLine("channel.write-failed", { message: messageOf(error) }),
    };
    stores.state.dropAnswers(Date.now() - LIMITS.idempotencyMs);
    this.#channel = new Channel(this.#ref, ports, channelLimits(this.#settings, this.#scale), this.#present(stores.roster));
    return this.#channel;
  }

  #stores(): { log: SqlLogStore; roster: SqlRosterStore; state: SqlChannelStateStore } {
    const { sql } = this.#meter;
    return { log: new SqlLogStore(sql), roster: new SqlRosterStore(sql), state: new SqlChannelStateStore(sql) };
  }

  /** Subscribers that outlived the object: sockets that hibernated, and riders. */
  *#present(roster: SqlRosterStore): Iterable<Subscriber> {
    for (const socket of openSockets(this.ctx)) {
      const subscriber = this.#subscriberOf(socket);
      if (subscriber !== undefined) yield subscriber;
    }
    for (const { user, device, generation, via, goneAt } of roster.chunks().flat()) {
      if (via === "rider" && goneAt === undefined) yield this.#riders.subscriber({ user, device, generation, write: true });
    }
  }

  #subscriberOf(socket: WebSocket): Subscriber | undefined {
    const known = this.#subscribers.get(socket);
    if (known !== undefined) return known;
    const kept = readAttachment(socket);
    if (kept === undefined) return undefined;
    const subscriber = new SocketSubscriber(this.ctx, socket, kept);
    this.#subscribers.set(socket, subscriber);
    return subscriber;
  }

  #publish(channel: Channel, socket: WebSocket, subscriber: Subscriber, publish: PublishRequest): void {
    const { id, data, customType, store, key, priority, follows } = publish;
    const refused = this.#refuse(subscriber, publish.channel);
    if (refused !== undefined) return this.#answers.add(socket, { type: "reply", id, error: refused });
    const { user: from, device, key: writer } = subscriber;
    const message: Publish = { from, device, id, data, customType, store, key, priority, follows, writer };
    // The echo is the answer of what was accepted.
    const missed = (result: Result<Published, WireError>): void => this.#answers.add(socket, replyTo(id, result));
    const answer = channel.publish(message, { missed });
    if (answer !== undefined) missed(answer);
  }

  #refuse(subscriber: Subscriber, channel: ChannelRef | undefined): WireError | undefined {
    if (channel !== undefined && (channel.name !== this.#ref.name || channel.type !== this.#ref.type)) {
      return wireError("bad_request", { field: "channel", message: "channel: a direct socket is for its own channel" });
    }
    if (!subscriber.write) return wireError("forbidden", { field: "channel", message: "the token does not allow to publish to this channel" });
    return this.#rate(subscriber);
  }

  #rate({ user, device, key = deviceKey(user, device) }: Subscriber): WireError | undefined {
    const waitMs = this.#rates.take(key, messageRate(this.#settings.messagesPerSecond), Date.now(), LIMITS.ratePauseMs);
    return waitMs === 0 ? undefined : wireError("rate_limited", { retryAfterMs: waitMs });
  }

  /** Beside the rate of all messages, as on session sockets. A device's name has no colon. */
  #classRate({ user, device }: Subscriber, rate: RateClass): WireError | undefined {
    if (rate === "message") return undefined;
    const waitMs = this.#rates.take(`${rate}:${device} ${user}`, rateFor("user", rate), Date.now());
    return waitMs === 0 ? undefined : wireError("rate_limited", { retryAfterMs: waitMs });
  }

  /** Anything but a plain publish. False: not a message of the protocol. */
  #other(channel: Channel, socket: WebSocket, subscriber: Subscriber, message: Record<string, unknown>): boolean {
    if (message.type === "ack") {
      if (!Number.isSafeInteger(message.upTo) || message.stream !== channel.stream) return false;
      channel.acknowledge(subscriber, Number(message.upTo));
      return true;
    }
    if (!isRequestId(message.id)) return false;
    const { id, type, op } = message;
    const rate = this.#rate(subscriber);
    if (rate !== undefined) reply(socket, id, { error: rate });
    else if (type !== "request") reply(socket, id, { error: wireError("bad_frame", { field: "type" }) });
    else if (typeof op !== "string") reply(socket, id, { error: wireError("bad_request", { field: "op" }) });
    else this.ctx.waitUntil(this.#request(socket, subscriber, id, op, message.input));
    return true;
  }

  async #request(socket: WebSocket, subscriber: Subscriber, id: number, op: string, rawInput: unknown): Promise<void> {
    const rights = [
      {
        resource: this.#ref.type === "stream" ? ("streamChannels" as const) : ("messageChannels" as const),
        access: subscriber.write ? ("rw" as const) : ("r" as const),
        names: [this.#ref.name],
      },
    ];
    const caller: Caller = { kind: "user", app: this.#app, user: subscriber.user, device: subscriber.device, rights };
    const input = typeof rawInput === "object" && rawInput !== null && !("channel" in rawInput) ? { ...rawInput, channel: this.#ref } : rawInput;
    const checked = checkCall(op, input, caller);
    if (!checked.ok) return reply(socket, id, { error: checked.error });
    const tooOften = this.#classRate(subscriber, checked.value.operation.rate);
    if (tooOften !== undefined) return reply(socket, id, { error: tooOften });
    const here = checked.value.operation.runsAt;
    if (op === "channel.leave") {
      this.#answers.flush();
      reply(socket, id, { ok: {} });
      return this.#existing()?.leave(subscriber.user, subscriber.device);
    }
    const target = here.place === "channel" ? here.key(checked.value.input) : undefined;
    if (target?.name !== this.#ref.name || target.type !== this.#ref.type) {
      return reply(socket, id, { error: wireError("bad_request", { field: "op", message: `${op} goes over the session socket` }) });
    }
    try {
      const result = await runChannelOperation(this.#host(), callOf(checked.value, caller, { settings: DEFAULT_SETTINGS, id }));
      reply(socket, id, result.ok ? { ok: result.value } : { error: result.error });
    } catch (error) {
      logLine("channel.request-failed", { op, message: messageOf(error) });
      reply(socket, id, { error: wireError("internal") });
    }
  }

  #host(): ChannelHost {
    const { state } = this.#stores();
    const meter = this.#meter;
    return { channel: this.#live(), app: this.#app, db: this.env.DB, answers: state, underWay: this.#underWay, meter, since: this.#since };
  }

  #end(socket: WebSocket, subscriber: Subscriber, close: { code: number; reason: string }): void {
    this.#answers.flush();
    this.#subscribers.delete(socket);
    this.#existing()?.disconnected(subscriber, false);
    closeSocket(socket, close);
  }

  #learn(settings: ChannelSettings): void {
    const next = channelSettings(settings);
    if (JSON.stringify(next) === JSON.stringify(this.#settings)) return;
    this.#settings = next;
    this.#meter.put("settings", next);
    this.#channel?.configure(channelLimits(next, this.#scale));
  }

  #wakeIn(ms: number): void {
    const now = Date.now();
    const at = now + ms;
    if (this.#timer !== undefined) {
      // One whose time has passed was set by a clock that has been corrected since: it may be a long way off.
      if (this.#timer.at > now && this.#timer.at <= at) return;
      clearTimeout(this.#timer.handle);
    }
    const handle = setTimeout(() => {
      this.#timer = undefined;
      this.#channel?.wake();
    }, ms);
    this.#timer = { handle, at };
  }

  #deadline(name: ChannelDeadline, at: number | undefined): void {
    if (at === undefined) this.#deadlines.clear(name);
    else if (name === "export") this.#deadlines.setNoLater(name, at);
    else this.#deadlines.set(name, at);
  }
}

function reply(socket: WebSocket, id: number, answer: { ok: object } | { error: WireError }): void {
  sendFrame(socket, encodeFrame([{ type: "reply", id, ...answer }]));
}

const replyTo = (id: number, result: Result<object, WireError>): object => ({ type: "reply", id, ...(result.ok ? { ok: result.value } : { error: result.error }) });

function closeFor(error: WireError): { code: number; reason: string } {
  if (error.code === "token_revoked") return { code: CLOSE.ticketRefused.code, reason: error.message };
  if (error.code === "forbidden") return { code: CLOSE.forbidden.code, reason: error.message };
  return { code: CLOSE.overloaded.code, reason: error.message };
}
