import type { Socket, SocketEvents, Transport } from "../../src/client/transport.ts";
import { type Down, down } from "../../src/protocol/down.ts";
import { type ErrorCode, type ErrorFacts, type WireError, wireError } from "../../src/protocol/errors.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../src/protocol/frame.ts";
import type { StreamMessage } from "../../src/protocol/messages/message.ts";
import type { Request } from "../../src/protocol/messages/request.ts";
import { type ChannelRef, channelStream, IDS_PER_GENERATION, isChannelType } from "../../src/protocol/names.ts";
import { OPERATION_BY_NAME } from "../../src/protocol/operations/catalogue.ts";
import { type Up, up } from "../../src/protocol/up.ts";
import { fromBase64Url } from "../../src/util/base64url.ts";
import { decodeUtf8 } from "../../src/util/text.ts";

export const EPOCH = "00000000000000aa";
export const OTHER_EPOCH = "00000000000000bb";
/** The first request of a fake login has the id after this. */
export const FIRST_ID = IDS_PER_GENERATION;

type Answer = { ok: object } | { error: WireError } | undefined;
export type Handler = (request: Request, socket: FakeSocket) => Answer;

export const refuse = (code: ErrorCode, facts?: ErrorFacts): Answer => ({ error: wireError(code, facts) });

/** A service in memory that speaks the protocol, and checks with its schemas that both sides keep to it. */
export class FakeService implements Transport {
  readonly sockets: FakeSocket[] = [];
  /** Called with each new socket; by default it is welcomed. */
  greet: (socket: FakeSocket) => void = (socket) => socket.welcome();
  epoch = EPOCH;
  #handlers = new Map<string, Handler>();
  #heads = new Map<string, number>();

  constructor() {
    this.on("channel.join", ({ input }) => this.#join(input));
    this.on("channel.publish", (request, socket) => this.publish(request, socket));
    this.on("peer.send", () => ({ ok: { delivered: 1, waiting: 0 } }));
    this.on("session.keep-alive", ({ input }) => ({ ok: input }));
    for (const op of ["channel.leave", "session.logout", "session.renew"]) this.on(op, () => ({ ok: {} }));
  }

  on(op: string, handler: Handler): void {
    this.#handlers.set(op, handler);
  }

  open(url: string, protocols: readonly string[], events: SocketEvents): Socket {
    const socket = new FakeSocket(this, new URL(url), protocols, events);
    this.sockets.push(socket);
    queueMicrotask(() => {
      if (socket.closed !== undefined) return;
      events.opened();
      this.greet(socket);
    });
    return socket;
  }

  get session(): FakeSocket {
    return last(this.sockets.filter((socket) => socket.kind === "session"));
  }

  /** The latest direct socket of a channel. */
  channel(name: string): FakeSocket {
    return last(this.sockets.filter((socket) => socket.kind === "channel" && socket.query("name") === name));
  }

  get direct(): FakeSocket[] {
    return this.sockets.filter((socket) => socket.kind === "channel");
  }

  head(stream: string): number {
    return this.#heads.get(stream) ?? 0;
  }

  setHead(stream: string, seq: number): void {
    this.#heads.set(stream, seq);
  }

  answer(request: Request, socket: FakeSocket): Answer {
    const handler = this.#handlers.get(request.op);
    return handler === undefined ? refuse("unknown_operation") : handler(request, socket);
  }

  /** Takes a place in the channel; over its own socket the echo is the answer. */
  publish({ id, input }: Request, socket: FakeSocket): Answer {
    const channel = socket.kind === "channel" ? socket.channel : (input.channel as ChannelRef);
    const stream = channelStream(channel);
    const seq = this.head(stream) + 1;
    this.setHead(stream, seq);
    const ts = 1;
    if (socket.kind === "session") return { ok: { epoch: this.epoch, seq, ts } };
    const item = { from: socket.query("user"), device: socket.query("device"), id, seq, ts, data: input.data as string };
    socket.push({ type: "events", stream, epoch: this.epoch, after: seq - 1, upTo: seq, items: [item] });
    return undefined;
  }

  #join(input: Record<string, unknown>): Answer {
    const channel = input.channel as ChannelRef;
    const stream = channelStream(channel);
    if (input.via === "session") return { ok: { via: "session", stream, epoch: this.epoch, seq: this.head(stream), members: 1 } };
    const query = new URLSearchParams({ app: "a", user: "alice", device: "default", ...channel });
    return { ok: { via: "direct", path: `/v1/channel?${query}`, ticket: `ticket for ${channel.name}`, expiresAt: 1_700_000_600_000 } };
  }
}

function last<T>(list: readonly T[]): T {
  const item = list.at(-1);
  if (item === undefined) throw new Error("there is none");
  return item;
}

export class FakeSocket implements Socket {
  readonly url: URL;
  readonly protocols: readonly string[];
  /** Every message the client has sent. */
  readonly messages: Up[] = [];
  /** How many messages each frame had. */
  readonly frames: number[] = [];
  pings = 0;
  /** Set: the network swallows everything. */
  dead = false;
  closed: { code: number; reason: string } | undefined;
  readonly #service: FakeService;
  readonly #events: SocketEvents;

  constructor(service: FakeService, url: URL, protocols: readonly string[], events: SocketEvents) {
    this.#service = service;
    this.url = url;
    this.protocols = protocols;
    this.#events = events;
  }

  get kind(): "session" | "channel" {
    return this.url.pathname === "/v1/session" ? "session" : "channel";
  }

  query(name: string): string {
    return this.url.searchParams.get(name) ?? "";
  }

  get channel(): ChannelRef {
    const type = this.query("type");
    if (!isChannelType(type)) throw new Error("not a channel's socket");
    return { type, name: this.query("name") };
  }

  /** The token or ticket it was opened with. */
  get secret(): string {
    const bytes = fromBase64Url(this.protocols[1]?.slice(2) ?? "");
    return bytes === undefined ? "" : decodeUtf8(bytes);
  }

  get requests(): Request[] {
    return this.messages.filter((message) => message.type === "request");
  }

  /** Of one operation. */
  calls(op: string): Request[] {
    return this.requests.filter((request) => request.op === op);
  }

  welcome(facts: object = {}): void {
    if (this.kind === "session") this.push({ ...SESSION_WELCOME, user: this.query("user"), device: this.query("device"), ...facts } as Down);
    else this.push({ ...this.#channelWelcome(), ...facts } as Down);
  }

  #channelWelcome(): object {
    const { channel } = this;
    const stream = channelStream(channel);
    const [epoch, seq] = this.query("position").split(".");
    const base = { type: "welcome", kind: "channel", protocol: 1, channel, stream, epoch: this.#service.epoch, members: 1, serverTime: 1_700_000_000_000 };
    return epoch ? { ...base, seq: Number(seq), recovered: true } : { ...base, seq: this.#service.head(stream) };
  }

  /** One frame with these messages. */
  push(...messages: Down[]): void {
    for (const message of messages) down.parse(message);
    this.raw(encodeFrame(messages));
  }

  /** Whatever it is. */
  raw(frame: Frame): void {
    if (!this.dead) this.#events.message(typeof frame === "string" ? frame : frame.buffer);
  }

  /** From the service's side, or the network's. */
  drop(code = 1006, reason = ""): void {
    this.closed = { code, reason };
    this.#events.closed(code, reason);
  }

  send(frame: Frame): void {
    if (this.closed !== undefined) throw new Error("sent on a closed socket");
    if (this.dead) return;
    if (frame === "ping") {
      this.pings += 1;
      queueMicrotask(() => this.raw("pong"));
      return;
    }
    const decoded = decodeFrame(typeof frame === "string" ? frame : frame.buffer);
    if (!decoded.ok) throw new Error(decoded.error.message);
    this.frames.push(decoded.value.length);
    for (const raw of decoded.value) this.#receive(up.parse(raw));
  }

  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }

  #receive(message: Up): void {
    this.messages.push(message);
    if (message.type !== "request") return;
    const implied = this.kind === "channel" ? { channel: this.channel } : {};
    OPERATION_BY_NAME.get(message.op)?.input.parse({ ...implied, ...message.input });
    // As over a network: not within the call that sent it.
    queueMicrotask(() => {
      const answer = this.closed === undefined ? this.#service.answer(message, this) : undefined;
      if (answer !== undefined) this.push({ type: "reply", id: message.id, ...answer } as Down);
    });
  }
}

const SESSION_WELCOME = {
  type: "welcome",
  kind: "session",
  protocol: 1,
  generation: 1,
  firstId: FIRST_ID,
  serverTime: 1_700_000_000_000,
  keepAliveMs: 10_000,
  reconnectSpreadMs: 300,
  inbox: { epoch: EPOCH, seq: 0 },
  limits: { frameBytes: 1_048_576, payloadBytes: 33_280, directSockets: 8, channels: 64 },
};

/** An item of a stream, from bob. */
export const item = (seq: number, facts: Partial<StreamMessage> = {}): StreamMessage => ({
  from: "bob",
  device: "b1",
  id: seq,
  ts: 1,
  data: `m${seq}`,
  seq,
  ...facts,
});

/** An event frame for (after, upTo] with an item for each seq. */
export function eventFrame(stream: string, after: number, upTo: number, facts: { epoch?: string; skipped?: number; items?: StreamMessage[] } = {}): Down {
  const items = Array.from({ length: upTo - after }, (_, i) => item(after + 1 + i));
  return { type: "events", stream, epoch: EPOCH, after, upTo, items, ...facts };
}
