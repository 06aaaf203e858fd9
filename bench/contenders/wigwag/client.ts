import type { WebSocket } from "ws";
import type { FrameTape } from "../../lib/frame-tape.ts";
import { decodePayload } from "../../lib/payload.ts";
import type { Connection, Target } from "../../load/adapter.ts";
import { mustStayOpen, openSocket } from "../../load/socket.ts";
import type { Traffic } from "../../load/traffic.ts";
import { BENCH_APP, tokenFor } from "./app.ts";
import { type Clock, KEEP_ALIVE_MS } from "./clock.ts";
import { type ChannelFrame, Direct } from "./direct.ts";
import { Rides } from "./rides.ts";
import { Ids, Session } from "./session.ts";
import { subprotocols } from "./wire.ts";

/** What all clients of a run share. */
export interface Surroundings {
  /** With the scheme of WebSockets. */
  readonly base: string;
  readonly clock: Clock;
  readonly traffic: Traffic;
  userOf(index: number): string;
  tapeOf(channel: string): FrameTape<ChannelFrame>;
  closing(): boolean;
  /** Sees to a new channel's options, before anybody joins it. */
  prepare(channel: string): Promise<void>;
}

interface Admission {
  readonly path: string;
  readonly ticket: string;
}

/** A device by our own protocol on raw sockets: its session, and its direct socket if it is in a channel. */
export class WigwagClient implements Connection {
  readonly #target: Target;
  readonly #around: Surroundings;
  readonly #user: string;
  readonly #ids = new Ids();
  readonly #rides: Rides;
  #session: Session | undefined;
  #direct: Direct | undefined;
  /** Kept, as a client does: a reconnect then needs no answer of the session first. */
  #admission: Admission | undefined;

  constructor(target: Target, around: Surroundings) {
    this.#target = target;
    this.#around = around;
    this.#user = around.userOf(target.index);
    this.#rides = new Rides(target.onDeliveries);
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error(`session of ${this.#user}: not open`);
    return this.#session;
  }

  async login(): Promise<void> {
    const session = new Session({
      socket: this.#openSession(),
      ids: this.#ids,
      onMessage: ({ data }) => this.#target.onDeliveries([decodePayload(String(data))]),
      traffic: this.#around.traffic,
      rides: this.#rides,
      previous: this.#session,
    });
    this.#session = session;
    mustStayOpen(session.socket, `session of ${this.#user}`, () => session.ended || this.#around.closing(), this.#target.onClosed);
    await session.welcomed;
    this.#around.clock.add(session);
  }

  async join(): Promise<void> {
    const { name } = this.#target;
    await this.#around.prepare(name);
    const joined = await this.session.request("channel.join", { channel: { type: "message", name }, via: "direct" });
    const { path, ticket } = joined;
    if (typeof path !== "string" || typeof ticket !== "string") throw new Error(`no ticket: ${JSON.stringify(joined)}`);
    this.#admission = { path, ticket };
    this.#direct = undefined;
    await this.#openDirect();
  }

  /** Joins one more channel, over the session. */
  async ride(name: string): Promise<void> {
    await this.#around.prepare(name);
    const { stream, epoch, seq } = await this.session.request("channel.join", { channel: { type: "message", name }, via: "session" });
    if (typeof stream !== "string" || typeof epoch !== "string" || typeof seq !== "number") throw new Error(`no place in ${name}`);
    this.#rides.begin(stream, epoch, seq);
  }

  /** The session ends, without a logout; the channel's socket stays. */
  endSession(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.close();
  }

  send(data: string): void {
    if (this.#target.kind === "peer") return this.session.ask("peer.send", { to: this.#around.userOf(this.#target.peer ?? 0), data }, assertDelivered);
    if (this.#direct === undefined) throw new Error(`${this.#user} is in no channel`);
    this.#direct.publish(data);
  }

  drop(part?: "channel"): void {
    this.#direct?.close();
    if (part === undefined) this.#session?.close();
  }

  /** Session and channel side by side, as a client does that holds a ticket. */
  async reconnect(part?: "channel"): Promise<void> {
    await Promise.all([part === undefined ? this.login() : undefined, this.#admission === undefined ? undefined : this.#openDirect()]);
  }

  async leave(): Promise<void> {
    const direct = this.#direct;
    this.#direct = undefined;
    await this.session.request("channel.leave", { channel: { type: "message", name: this.#target.name } });
    direct?.close();
  }

  rejoin(): Promise<void> {
    return this.join();
  }

  pause(): void {
    this.#session?.socket.pause();
    this.#direct?.socket.pause();
  }

  unpause(): void {
    this.#session?.socket.resume();
    this.#direct?.socket.resume();
  }

  #openSession(): WebSocket {
    const { index } = this.#target;
    const query = new URLSearchParams({
      app: BENCH_APP.id,
      user: this.#user,
      device: `device-${index}`,
      kind: "bench",
      instance: `instance-${index}`,
      keepAlive: String(KEEP_ALIVE_MS),
    });
    return openSocket(`${this.#around.base}/v1/session?${query}`, subprotocols(tokenFor(this.#user)));
  }

  async #openDirect(): Promise<void> {
    const { base, clock, tapeOf, traffic } = this.#around;
    const { index, name, onClosed, onDeliveries, onPresence } = this.#target;
    if (this.#admission === undefined) throw new Error(`${this.#user} has no ticket`);
    const { path, ticket } = this.#admission;
    const previous = this.#direct?.position;
    const place = previous === undefined ? "" : `&position=${previous.epoch}.${previous.seq}`;
    const socket = openSocket(`${base}${path}&keepAlive=${KEEP_ALIVE_MS}&brief=1${place}`, subprotocols(ticket));
    const who = `client ${index} in ${name}`;
    const direct = new Direct({ socket, who, tape: tapeOf(name), ids: this.#ids, previous, onDeliveries, onPresence, traffic });
    this.#direct = direct;
    mustStayOpen(socket, who, () => direct.ended || this.#around.closing(), onClosed);
    await direct.welcomed;
    clock.add(direct);
  }
}

function assertDelivered(output: Record<string, unknown>): void {
  if (output.delivered !== 1 && output.waiting !== 1) throw new Error(`a peer message is neither delivered nor waiting: ${JSON.stringify(output)}`);
}
