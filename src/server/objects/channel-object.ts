import { DurableObject } from "cloudflare:workers";
import { Channel } from "../../domain/channel/channel.ts";
import type { Presence, PresenceChange } from "../../domain/channel/members.ts";
import { Pace } from "../../domain/channel/pace.ts";
import { type ChannelDeadline, type ChannelPorts, STANDING_DEADLINES, type Subscriber } from "../../domain/channel/ports.ts";
import { type FanOutPlan, NO_LEAVES } from "../../domain/channel/relay-plan.ts";
import type { Missed, Up, UpAnswer, Voucher } from "../../domain/leaf/messages.ts";
import { CLOSE, sendableCloseCode } from "../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../protocol/limits.ts";
import type { Position, Welcome } from "../../protocol/messages/session.ts";
import type { ChannelRef, DeviceId, UserId } from "../../protocol/names.ts";
import { DEFAULT_SETTINGS } from "../../protocol/settings.ts";
import { PROTOCOL_VERSION } from "../../protocol/version.ts";
import { must } from "../../util/assert.ts";
import type { Result } from "../../util/result.ts";
import type { Env } from "../env.ts";
import { pushEvents } from "../events/queue.ts";
import { Exporter } from "../history/export.ts";
import { logLine, messageOf } from "../log.ts";
import { CHANNEL_SCHEMA } from "../storage/channel-schema.ts";
import { SqlChannelStateStore, SqlRosterStore } from "../storage/sql-channel-stores.ts";
import { SqlLogStore } from "../storage/sql-log-store.ts";
import { timeScale } from "../time-scale.ts";
import { type Call, type CallReply, type ChannelTrust, type Revocation, type RiderJoined, type RiderTrust, TRUST_HEADER } from "../trust.ts";
import { Attended } from "./channel/attended.ts";
import { DirectDoor } from "./channel/direct-door.ts";
import { movedResponse } from "./channel/fan-out.ts";
import { hubPorts } from "./channel/hub-ports.ts";
import { type ChannelSettings, channelLimits, channelSettings } from "./channel/limits.ts";
import { answerForNoChannel, type ChannelHost, runChannelOperation } from "./channel/operations.ts";
import { closeFor } from "./channel/refusal.ts";
import { Riders } from "./channel/riders.ts";
import { RoomDesk } from "./channel/room-desk.ts";
import { attachmentOf, readAttachment, SocketSubscriber } from "./channel/socket-subscriber.ts";
import { directoryObject, parseObjectName, userObject } from "./locate.ts";
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

/** No presence ends later than so long after its last sign of life. */
const SILENCE_MAX_MS = 3 * TIMINGS.keepAliveMaxMs;

/** The runtime around a channel: sockets, alarms, storage and RPC. What happens is decided in `Channel`. */
export class ChannelObject extends DurableObject<Env> {
  readonly #app: string;
  readonly #ref: ChannelRef;
  readonly #scale: number;
  readonly #exporter: Exporter;
  readonly #attended: Attended;
  readonly #riders: Riders;
  readonly #door: DirectDoor<Subscriber>;
  /** Of a channel that is a chat room. */
  readonly #room: RoomDesk | undefined;
  readonly #underWay: ChannelHost["underWay"] = new Map();
  readonly #meter: StorageMeter;
  readonly #since = Date.now();
  readonly #subscribers = new Map<WebSocket, SocketSubscriber>();
  #opened: Deadlines | undefined;
  #settings: ChannelSettings;
  #channel: Channel | undefined;
  #lastNow = 0;
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
    this.#door = new DirectDoor(this.#app, this.#ref, {
      messagesPerSecond: () => this.#settings.messagesPerSecond,
      publish: (_from, message, missed) => this.#live().publish(message, { missed }),
      acknowledge: (by, upTo) => this.#live().acknowledge(by, upTo),
      leave: ({ user, device }) => void this.#existing()?.leave(user, device),
      settle: () => this.#live().settle(),
      run: (call) => this.#run(call),
      end: (socket, who, close) => this.#end(socket, who, close),
      background: (work) => ctx.waitUntil(work),
    });
    this.#settings = channelSettings(ctx.storage.kv.get<ChannelSettings>("settings") ?? DEFAULT_SETTINGS);
    answerPings(ctx);
    this.#meter = new StorageMeter(ctx.storage);
    this.#attended = new Attended(this.#meter.sql, this.#ref.name);
    if (this.#ref.type === "room") this.#room = this.#roomDesk(this.#ref);
    if (schemaVersion(ctx.storage.sql) > 0) this.#open();
  }

  // ---- sockets

  override async fetch(request: Request): Promise<Response> {
    const header = request.headers.get(TRUST_HEADER);
    if (header === null || request.headers.get("upgrade") !== "websocket") return new Response("not found", { status: 404 });
    const trust = JSON.parse(decodeURIComponent(header)) as ChannelTrust;
    const turnedAway = await this.#room?.refuses(trust.user);
    if (turnedAway !== undefined) return refuseUpgrade({ code: CLOSE.forbidden.code, reason: turnedAway.message });
    this.#learn(trust.settings);
    const channel = this.#live();
    const elsewhere = channel.hub?.placement();
    if (elsewhere !== undefined) return movedResponse(elsewhere);
    const refusal = trust.read ? channel.refusal(trust.user, trust.device, trust.generation, trust.attempt) : wireError("forbidden");
    if (refusal !== undefined) return refuseUpgrade(closeFor(refusal));
    const kept = attachmentOf(trust);
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
    this.#live();
    const subscriber = this.#subscriberOf(socket);
    if (subscriber === undefined) return closeSocket(socket, CLOSE.internal);
    this.#door.frame(socket, subscriber, data);
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
    if (this.#room !== undefined && call.op.startsWith("room.")) {
      if (this.#room.exists) this.#learn(call.settings);
      return replyOf(await this.#room.run(call));
    }
    // Asking after a channel that never was must not make it one.
    const nothing = this.#opened === undefined ? answerForNoChannel(this.#ref, call) : undefined;
    if (nothing !== undefined) return { ok: nothing };
    this.#learn(call.settings);
    // Also where the call asks for no time: whether the clock was set back may not be asked again for long.
    this.#now();
    return replyOf(await this.#run(call));
  }

  /** Whether a user gets into a chat room: asked before it is given a ticket. */
  async refuses(user: UserId): Promise<WireError | undefined> {
    return this.#room?.refuses(user);
  }

  /** Lets a channel ride on a device's session socket. */
  async attach(trust: RiderTrust): Promise<{ ok: RiderJoined } | { error: WireError }> {
    const turnedAway = await this.#room?.refuses(trust.user);
    if (turnedAway !== undefined) return { error: turnedAway };
    this.#learn(trust.settings);
    const channel = this.#live();
    const refusal = trust.read ? channel.refusal(trust.user, trust.device, trust.generation) : wireError("forbidden", { field: "channel" });
    if (refusal !== undefined) return { error: refusal };
    return { ok: channel.join(this.#riders.subscriber(trust), trust.position) };
  }

  async detach({ user, device, reason, connectedAt }: { user: UserId; device: DeviceId; reason: "left" | "lost"; connectedAt: number }): Promise<void> {
    if (reason === "left") await this.#existing()?.leave(user, device);
    else if (!this.#riders.hasNewer(user, device, connectedAt)) this.#existing()?.lose(user, device);
  }

  async leave({ user, device }: { user: UserId; device: DeviceId; generation: number }): Promise<void> {
    await this.#existing()?.leave(user, device);
  }

  async revoke({ user, device, generation, reason, read }: Revocation): Promise<void> {
    // Who may still read comes back with a new ticket, and nobody notices.
    const comesBack = reason === "rights" && read === true;
    const told = await this.#live().revoke({ user, device: device ?? "", generation, until: Date.now() + LIMITS.ticketTtlMs }, CLOSE_FOR[reason], comesBack);
    // Who asked for it asks again, until it is true.
    if (told === false) throw new Error("a leaf of the channel does not answer");
  }

  // ---- RPC of leaves

  /** What a leaf's members publish, and who comes and goes there. */
  async up(call: Up<ChannelSettings>): Promise<UpAnswer<ChannelSettings>> {
    if (call.settings !== undefined) this.#learn(call.settings);
    // Only a deployment that has been told so has leaves: one that no longer has takes its members back.
    const hub = must(this.#live().hub, "leaves call a channel that has none");
    return (await hub.up(call)) as UpAnswer<ChannelSettings>;
  }

  /** What a member of a leaf lacks. */
  missed(position: Position): Missed {
    return must(this.#live().hub, "leaves call a channel that has none").missed(position);
  }

  /** A request of a leaf's member; the leaf has checked it, and says where its member sits. */
  async ask(call: Call, voucher?: Voucher): Promise<CallReply> {
    const { caller } = call;
    const vouched =
      voucher !== undefined && caller.kind === "user" ? { user: caller.user, joinedAt: this.#now(), via: "leaf" as const, ...voucher } : undefined;
    return replyOf(await this.#run(call, vouched));
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
  #membersChanged(change: PresenceChange, isNamed: boolean): void {
    this.#room?.left(change.gone);
    const isHeard = change.joined.length + change.left.length > 0;
    if (!isHeard || !isNamed || !this.#settings.restEvents || this.#ref.type !== "message") return;
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
    // Leaves may remember it longer than it lives.
    const plan = this.ctx.storage.kv.get<FanOutPlan>("plan");
    if (plan !== undefined && plan.leaves > 0) this.#meter.put("plan", { ...NO_LEAVES, version: plan.version + 1 });
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

  #run(call: Call, vouched?: Presence): Promise<Result<Record<string, unknown>, WireError>> {
    return this.#room !== undefined && call.op.startsWith("room.") ? this.#room.run(call, vouched) : runChannelOperation(this.#host(), call);
  }

  #roomDesk(ref: ChannelRef): RoomDesk {
    const { jurisdiction } = this.ctx.id;
    return new RoomDesk(this.#meter.sql, ref, {
      app: this.#app,
      env: this.env,
      db: this.env.DB,
      channel: () => this.#live(),
      existing: () => this.#existing(),
      settings: () => this.#settings,
      directory: () => directoryObject(this.env, this.#app, { jurisdiction }),
      now: () => this.#now(),
      newId: randomHex,
      background: (work) => this.ctx.waitUntil(work),
    });
  }

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
      now: () => this.#now(),
      newEpoch: randomHex,
      // A commit that fails resets the object: there is nobody left to be told.
      afterCommit: (done) => void this.ctx.storage.sync().then(done, () => undefined),
      wakeIn: (ms) => this.#wakeIn(ms),
      membersChanged: (change, isNamed) => this.#membersChanged(change, isNamed),
      refuses: (user) => this.#room?.turnsAway(user),
      bars: (user) => this.#room?.bars(user),
      names: () => this.#room?.names() ?? [],
      deadline: (name, at) => this.#deadline(name, at),
      fanOut: hubPorts({
        ctx: this.ctx,
        env: this.env,
        app: this.#app,
        ref: this.#ref,
        settings: () => this.#settings,
        keepPlan: (plan) => this.#meter.put("plan", plan),
        deadline: (name, at) => this.#deadline(name, at),
      }),
      pace: PACE,
      failed: (error) => logLine("channel.write-failed", { message: messageOf(error) }),
    };
    stores.state.dropAnswers(Date.now() - LIMITS.idempotencyMs);
    this.#channel = new Channel(this.#ref, ports, channelLimits(this.#settings, this.#scale, this.#ref.type), this.#present(stores.roster));
    if ((this.#deadlines.at("sweep" satisfies ChannelDeadline) ?? 0) > Date.now() + SILENCE_MAX_MS * this.#scale) this.#channel.clockSetBack();
    return this.#channel;
  }

  #stores(): { log: SqlLogStore; roster: SqlRosterStore; state: SqlChannelStateStore } {
    const { sql } = this.#meter;
    return { log: new SqlLogStore(sql), roster: new SqlRosterStore(sql), state: new SqlChannelStateStore(sql) };
  }

  /** Subscribers that outlived the object: sockets that hibernated, and riders. Of one device's the newest comes last, and takes the others' place. */
  *#present(roster: SqlRosterStore): Iterable<Subscriber> {
    const subscribers = openSockets(this.ctx).flatMap((socket) => this.#subscriberOf(socket) ?? []);
    yield* subscribers.sort((a, b) => a.acceptedAt - b.acceptedAt);
    for (const { user, device, generation, via, goneAt } of roster.chunks().flat()) {
      if (via === "rider" && goneAt === undefined) yield this.#riders.subscriber({ user, device, generation, write: true });
    }
  }

  #subscriberOf(socket: WebSocket): SocketSubscriber | undefined {
    const known = this.#subscribers.get(socket);
    if (known !== undefined) return known;
    const kept = readAttachment(socket);
    if (kept === undefined) return undefined;
    const subscriber = new SocketSubscriber(this.ctx, socket, kept);
    this.#subscribers.set(socket, subscriber);
    return subscriber;
  }

  #host(): ChannelHost {
    const { state } = this.#stores();
    return { channel: this.#live(), app: this.#app, db: this.env.DB, answers: state, underWay: this.#underWay, meter: this.#meter, since: this.#since };
  }

  #end(socket: WebSocket, subscriber: Subscriber, close: { code: number; reason: string }): void {
    this.#subscribers.delete(socket);
    this.#existing()?.disconnected(subscriber, false);
    closeSocket(socket, close);
  }

  #learn(settings: ChannelSettings & { readonly unknown?: true }): void {
    // Defaults that stand for what could not be read do not undo what was.
    if (settings.unknown) return;
    const next = channelSettings(settings);
    if (JSON.stringify(next) === JSON.stringify(this.#settings)) return;
    this.#settings = next;
    this.#meter.put("settings", next);
    this.#channel?.configure(channelLimits(next, this.#scale, this.#ref.type));
  }

  #now(): number {
    const now = Date.now();
    if (now < this.#lastNow) queueMicrotask(() => this.#channel?.clockSetBack());
    this.#lastNow = now;
    return now;
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
    else if (STANDING_DEADLINES.has(name)) this.#deadlines.setNoLater(name, at);
    else this.#deadlines.set(name, at);
  }
}

const replyOf = (result: Result<Record<string, unknown>, WireError>): CallReply => (result.ok ? { ok: result.value } : { error: result.error });
