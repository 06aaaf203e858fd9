import { DurableObject } from "cloudflare:workers";
import type { FanOutPlan } from "../../domain/channel/relay-plan.ts";
import type { Seated } from "../../domain/leaf/attendance.ts";
import { Leaf, type LeafPorts } from "../../domain/leaf/leaf.ts";
import type { Listed, Look, Missed, Push, PushAnswer, UpAnswer } from "../../domain/leaf/messages.ts";
import { Relay } from "../../domain/leaf/relay.ts";
import { CLOSE, sendableCloseCode } from "../../protocol/close-codes.ts";
import { wireError } from "../../protocol/errors.ts";
import { TIMINGS } from "../../protocol/limits.ts";
import type { Welcome } from "../../protocol/messages/session.ts";
import type { ChannelRef } from "../../protocol/names.ts";
import { DEFAULT_SETTINGS } from "../../protocol/settings.ts";
import { PROTOCOL_VERSION } from "../../protocol/version.ts";
import { err, ok } from "../../util/result.ts";
import type { Env } from "../env.ts";
import { timeScale } from "../time-scale.ts";
import { type CallReply, type ChannelTrust, TRUST_HEADER } from "../trust.ts";
import { within } from "../within.ts";
import { DirectDoor } from "./channel/direct-door.ts";
import { movedResponse } from "./channel/fan-out.ts";
import { type ChannelSettings, channelSettings } from "./channel/limits.ts";
import { closeFor } from "./channel/refusal.ts";
import { attachmentOf, readAttachment, type SocketAttachment, SocketSubscriber } from "./channel/socket-subscriber.ts";
import { channelObject, leafObject, parseObjectName } from "./locate.ts";
import { randomHex } from "./shell/random-hex.ts";
import { acceptUpgrade, answerPings, closeSocket, openSockets, refuseUpgrade, sendFrame } from "./shell/sockets.ts";

/** A hub that has said nothing for so long is asked; a leaf's alarm looks. */
const SILENCE_MS = 90_000;
/** Who comes while the hub does not answer is told to come back later. */
const REGISTER_MS = 5_000;

/** The runtime around a leaf, or a relay, of one large channel: sockets, alarm and calls. Storage keeps the plan, for the alarm of an object that has lost its memory. */
export class LeafObject extends DurableObject<Env> {
  readonly #app: string;
  readonly #ref: ChannelRef;
  readonly #role: "leaf" | "relay";
  readonly #index: number;
  readonly #scale: number;
  readonly #life = randomHex();
  readonly #seated = new Map<WebSocket, SocketSubscriber>();
  readonly #door: DirectDoor<Seated>;
  #settings: ChannelSettings = channelSettings(DEFAULT_SETTINGS);
  #leaf: Leaf<ChannelSettings> | undefined;
  #relay: Relay<ChannelSettings> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = parseObjectName(ctx.id.name ?? "");
    if (name?.kind !== "leaf") throw new Error("a leaf is reached by its name only");
    this.#app = name.app;
    this.#ref = name.channel;
    this.#role = name.role;
    this.#index = name.index;
    this.#scale = timeScale(env);
    answerPings(ctx);
    this.#door = new DirectDoor(this.#app, this.#ref, {
      messagesPerSecond: () => this.#settings.messagesPerSecond,
      publish: (_from, message, done) => {
        const refused = this.#live().publish(message, done);
        return refused === undefined ? undefined : err(refused);
      },
      acknowledge: (by, upTo) => this.#live().acknowledge(by, upTo),
      leave: (who) => this.#live().leave(who),
      settle: () => {},
      run: async (call, from) => {
        const reply = await this.#live().vouch(from, (voucher) => this.#hub().ask(call, voucher) as Promise<CallReply>);
        return "ok" in reply ? ok(reply.ok) : err(reply.error);
      },
      end: (socket, who, close) => {
        this.#seated.delete(socket);
        this.#live().disconnected(who, false);
        closeSocket(socket, close);
      },
      background: (work) => ctx.waitUntil(work),
    });
  }

  // ---- sockets

  override async fetch(request: Request): Promise<Response> {
    const header = request.headers.get(TRUST_HEADER);
    if (header === null || request.headers.get("upgrade") !== "websocket" || this.#role !== "leaf") return new Response("not found", { status: 404 });
    const trust = JSON.parse(decodeURIComponent(header)) as ChannelTrust;
    const { user, device, generation, attempt, position } = trust;
    const leaf = this.#live();
    if (!leaf.knows(trust.placedBy ?? 0)) await this.#registered(leaf);
    this.#learn(trust.settings);
    const missed = position !== undefined && leaf.knows(0) && leaf.lacks(position) ? await this.#missed(leaf, position) : undefined;
    // Nothing is awaited from here: what is true of the member now stays true until it sits.
    const turned = trust.read ? leaf.turns(user, device, generation, attempt) : { refused: wireError("forbidden") };
    if (turned !== undefined) return "moved" in turned ? movedResponse(turned.moved) : refuseUpgrade(closeFor(turned.refused));
    if (missed === "unknown") return refuseUpgrade(CLOSE.overloaded);
    const kept = attachmentOf(trust);
    const { socket, response } = acceptUpgrade(this.ctx, [], kept);
    const { frames, ...joined } = leaf.join(this.#seat(socket, kept), position, missed);
    const welcome: Welcome = { type: "welcome", kind: "channel", protocol: PROTOCOL_VERSION, channel: this.#ref, ...joined, serverTime: Date.now() };
    sendFrame(socket, JSON.stringify(welcome));
    for (const frame of frames) sendFrame(socket, frame);
    return response;
  }

  override webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): void {
    // Closed from here: whoever does not answer the close must not go on speaking.
    if (socket.readyState !== WebSocket.OPEN) return;
    const leaf = this.#live();
    const seated = this.#seatedOf(socket);
    if (seated === undefined || leaf === undefined) return closeSocket(socket, CLOSE.internal);
    this.#door.frame(socket, seated, data);
  }

  override webSocketClose(socket: WebSocket, code: number, reason: string): void {
    closeSocket(socket, { code: sendableCloseCode(code), reason });
    const seated = this.#seatedOf(socket);
    // One that wakes the leaf by its end is no longer listed, but the hub has it.
    const leaf = this.#live(seated);
    this.#seated.delete(socket);
    if (seated !== undefined) leaf.disconnected(seated, code === 1000);
  }

  override webSocketError(socket: WebSocket): void {
    this.webSocketClose(socket, 1011, "");
  }

  // ---- RPC

  /** What the hub, or a relay, has for everybody here. */
  push(push: Push<ChannelSettings>): PushAnswer {
    return this.#role === "relay" ? this.#relaying().receive(push) : this.#live().receive(push);
  }

  /** Who is here, where the hub has their number only. */
  look(look: Look): Listed[] {
    return this.#live().look(look);
  }

  override async alarm(): Promise<void> {
    if (this.#role === "leaf") this.#live().due();
  }

  // ---- inside

  #live(ended?: Seated): Leaf<ChannelSettings> {
    if (this.#leaf !== undefined) return this.#leaf;
    // Of one device's sockets the newest comes last, and takes the place of what a cut way has left behind.
    const sockets = openSockets(this.ctx).flatMap((socket) => this.#seatedOf(socket) ?? []);
    const seated: Seated[] = sockets.sort((a, b) => a.acceptedAt - b.acceptedAt);
    if (ended !== undefined && !seated.some(({ user, device }) => user === ended.user && device === ended.device)) seated.push(ended);
    const limits = { silenceMs: SILENCE_MS * this.#scale };
    this.#leaf = new Leaf(this.#ref, this.#index, this.#life, this.#ports(), limits, this.ctx.storage.kv.get<FanOutPlan>("plan"), seated);
    return this.#leaf;
  }

  #relaying(): Relay<ChannelSettings> {
    this.#relay ??= new Relay(this.#index, this.#life, {
      ...this.#ports(),
      call: (leaf, push) => this.#inTime(leafObject(this.env, this.#app, this.#ref, leaf, { jurisdiction: this.ctx.id.jurisdiction }).push(push)),
    });
    return this.#relay;
  }

  #ports(): LeafPorts<ChannelSettings> {
    return {
      now: () => Date.now(),
      random: () => Math.random(),
      up: async (call) => this.#inTime(this.#hub().up(call) as Promise<UpAnswer<ChannelSettings>>),
      missed: async (position) => this.#inTime(this.#hub().missed(position) as Promise<Missed>),
      background: (work) => this.ctx.waitUntil(work),
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      deadline: (at) => this.ctx.waitUntil(this.#alarmNoLater(at)),
      keep: (plan) => this.ctx.storage.kv.put("plan", plan),
      learned: (settings) => {
        this.#settings = settings;
      },
    };
  }

  /** One that stands already may be of an earlier life, and is not put off. */
  async #alarmNoLater(at: number): Promise<void> {
    const present = await this.ctx.storage.getAlarm();
    if (present === null || present > at) await this.ctx.storage.setAlarm(at);
  }

  /** A new stub for each call: one that has thrown stays broken. */
  #hub() {
    return channelObject(this.env, this.#app, this.#ref, { jurisdiction: this.ctx.id.jurisdiction });
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return within(TIMINGS.requestTimeoutMs * this.#scale, work);
  }

  /** The app's settings travel with its members; the newest count, and the hub has to hear of them. */
  #learn(settings: ChannelTrust["settings"]): void {
    const next = channelSettings(settings);
    if (JSON.stringify(next) === JSON.stringify(this.#settings)) return;
    this.#settings = next;
    this.#live().learn(next);
  }

  /** Or not in time: then the member is sent away with the reason. */
  async #registered(leaf: Leaf<ChannelSettings>): Promise<void> {
    try {
      await within(REGISTER_MS * this.#scale, leaf.register());
    } catch {
      // The leaf goes on trying.
    }
  }

  async #missed(leaf: Leaf<ChannelSettings>, position: NonNullable<ChannelTrust["position"]>): Promise<Missed | "unknown"> {
    try {
      return await leaf.missed(position);
    } catch {
      return "unknown";
    }
  }

  #seat(socket: WebSocket, kept: SocketAttachment): SocketSubscriber {
    const seated = new SocketSubscriber(this.ctx, socket, kept);
    this.#seated.set(socket, seated);
    return seated;
  }

  #seatedOf(socket: WebSocket): SocketSubscriber | undefined {
    const known = this.#seated.get(socket);
    if (known !== undefined) return known;
    const kept = readAttachment(socket);
    return kept === undefined ? undefined : this.#seat(socket, kept);
  }
}
