import { WebSocket } from "ws";
import type { FrameTape } from "../../../bench/lib/frame-tape.ts";
import { asBuffer } from "../../../bench/load/socket.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { type ChannelRef, channelStream } from "../../../src/protocol/names.ts";
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../../../src/protocol/version.ts";
import type { Content, Events } from "./content.ts";

/** A close for which it comes back is below; from here on it is sent away for good. */
const STAY_AWAY = 4200;
const RETRY_MS = 300;

export interface ListenerPorts<Item> {
  readonly app: string;
  readonly channel: ChannelRef;
  /** What all listeners of a process read: equal frames are decoded once. */
  readonly tape: FrameTape<Content<Item>>;
  /** Where a user's socket goes. */
  urlOf(user: string): string;
  ticket(user: string): Promise<string>;
  /** What must not be. */
  wrong(what: string): void;
  readonly counts: ListenerCounts;
}

/** Of all listeners of a process. */
export class ListenerCounts {
  deliveries = 0;
  moves = 0;
  gaps = 0;
  readonly closed = new Map<number, number>();
}

/** Told of what one listener gets. */
export interface Hearing<Item> {
  joined?(): void;
  /** In order, each once. */
  heard(item: Item, now: number): void;
  /** Messages that were left out, as a frame says. */
  skipped?(count: number): void;
  answered?(id: number, answer: { readonly ok?: unknown; readonly error?: { readonly code: string } }): void;
}

/** A channel's member over its own socket, without the SDK: keeps its place over any number of sockets, and sees what is missing or comes twice. A crowd of thousands can bear no more around it. */
export class Listener<Item> {
  readonly user: string;
  position: { epoch: string; seq: number } | undefined;
  /** How many it has heard since it came first, and where that was. */
  heard = 0;
  from = 0;
  joined = false;
  wanted = true;
  readonly #ports: ListenerPorts<Item>;
  readonly #hearing: Hearing<Item>;
  readonly #reader = { cursor: 0 };
  #socket: WebSocket | undefined;
  #unacknowledged = 0;

  constructor(user: string, ports: ListenerPorts<Item>, hearing: Hearing<Item>) {
    this.user = user;
    this.#ports = ports;
    this.#hearing = hearing;
  }

  async connect(): Promise<void> {
    const { app, channel, urlOf } = this.#ports;
    const ticket = await this.#ports.ticket(this.user);
    if (!this.wanted || this.#socket !== undefined) return;
    const query = new URLSearchParams({ app, user: this.user, device: "d", type: channel.type, name: channel.name, keepAlive: "300000" });
    const place = this.position === undefined ? "" : `&position=${this.position.epoch}.${this.position.seq}`;
    const protocols = [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + Buffer.from(ticket).toString("base64url")];
    const socket = new WebSocket(`${urlOf(this.user).replace("http", "ws")}/v1/channel?${query}${place}`, protocols, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    this.#socket = socket;
    socket.on("message", (data) => this.#take(socket, asBuffer(data)));
    socket.on("error", () => {});
    socket.on("close", (code) => this.#closed(socket, code));
  }

  /** An answer comes to `answered`, unless the socket goes before. */
  request(id: number, op: string, input: object): void {
    if (this.joined) this.#send({ type: "request", id, op, input });
  }

  leave(): void {
    this.wanted = false;
    this.joined = false;
    this.#socket?.close(1000);
    this.#socket = undefined;
  }

  #take(socket: WebSocket, bytes: Buffer): void {
    if (socket !== this.#socket) return;
    const content = this.#ports.tape.read(this.#reader, bytes);
    if (content.welcome !== undefined) this.#welcome(content.welcome);
    for (const events of content.events) this.#events(events);
    if (content.events.length > 0) this.#acknowledge(bytes.length);
    for (const { id, ...answer } of content.replies) this.#hearing.answered?.(id, answer);
    if (content.goAwayMs !== undefined) {
      this.#ports.counts.moves += 1;
      setTimeout(() => socket === this.#socket && this.#back(socket), Math.random() * content.goAwayMs);
    }
  }

  #welcome({ epoch, seq, recovered }: NonNullable<Content<Item>["welcome"]>): void {
    if (this.position === undefined) {
      this.position = { epoch, seq };
      this.from = seq;
    } else if (recovered !== true || epoch !== this.position.epoch) this.#ports.wrong(`${this.user} at ${this.position.seq} was not recovered`);
    this.joined = true;
    this.#hearing.joined?.();
  }

  #events({ epoch, after, upTo, items, skipped }: Events<Item>): void {
    const at = this.position;
    if (at === undefined) return;
    if (epoch !== at.epoch || after > at.seq) {
      this.#ports.counts.gaps += 1;
      if (this.#socket !== undefined) this.#back(this.#socket);
      return;
    }
    if (skipped > 0) this.#hearing.skipped?.(skipped);
    if (upTo <= at.seq) return;
    const now = Date.now();
    let expected = at.seq;
    for (const { seq, item } of items) {
      if (seq <= at.seq) continue;
      expected += 1;
      if (seq !== expected) this.#ports.wrong(`${this.user} heard ${seq} in the place of ${expected}`);
      this.#hearing.heard(item, now);
    }
    if (expected !== upTo) this.#ports.wrong(`${this.user}: a frame up to ${upTo} ends with ${expected}`);
    this.heard += upTo - at.seq;
    this.#ports.counts.deliveries += upTo - at.seq;
    at.seq = upTo;
  }

  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < LIMITS.ackBytes) return;
    this.#unacknowledged = 0;
    this.#send({ type: "ack", stream: channelStream(this.#ports.channel), upTo: this.position?.seq ?? 0 });
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Closes without a goodbye, and comes back with the position. */
  #back(socket: WebSocket): void {
    this.#socket = undefined;
    this.joined = false;
    socket.close(4000);
    void this.connect();
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    const { closed } = this.#ports.counts;
    this.#socket = undefined;
    this.joined = false;
    closed.set(code, (closed.get(code) ?? 0) + 1);
    if (code >= STAY_AWAY) return this.#ports.wrong(`${this.user} was sent away with ${code}`);
    if (this.wanted) setTimeout(() => void this.connect(), Math.random() * RETRY_MS);
  }
}
