import type { WebSocket } from "ws";
import { LIMITS } from "../../../src/protocol/limits.ts";
import type { Events } from "../../../src/protocol/messages/events.ts";
import type { FrameTape } from "../../lib/frame-tape.ts";
import { type Delivery, decodePayload } from "../../lib/payload.ts";
import { asBuffer } from "../../load/socket.ts";
import type { Traffic } from "../../load/traffic.ts";
import type { Ticking } from "./clock.ts";
import { Outbox } from "./outbox.ts";
import type { Ids } from "./session.ts";
import { ack, decodeDown, request } from "./wire.ts";

/** A frame of a channel, decoded once for all its members. */
export interface ChannelFrame {
  readonly welcome?: { readonly stream: string; readonly epoch: string; readonly seq: number; readonly recovered?: boolean | undefined };
  readonly events: readonly {
    readonly stream: string;
    readonly epoch: string;
    readonly after: number;
    readonly upTo: number;
    readonly deliveries: readonly Delivery[];
    /** Of each delivery. */
    readonly seqs: readonly number[];
  }[];
  readonly presence: readonly { readonly clients: readonly number[]; readonly present: boolean }[];
}

export function decodeChannelFrame(bytes: Buffer): ChannelFrame {
  const events: ChannelFrame["events"][number][] = [];
  const presence: ChannelFrame["presence"][number][] = [];
  let welcome: ChannelFrame["welcome"];
  for (const message of decodeDown(bytes)) {
    if (message.type === "welcome" && message.kind === "channel") welcome = message;
    else if (message.type === "events") events.push({ ...message, deliveries: deliveriesOf(message), seqs: message.items.map(({ seq }) => seq) });
    else if (message.type === "reply") throw new Error(`a publish was not answered by its echo: ${JSON.stringify(message)}`);
    else if (message.type === "notice") {
      if (message.name === "channel.joined" || message.name === "channel.left") presence.push(presenceOf(message));
    } else throw new Error(`unexpected on a direct socket: ${message.type}`);
  }
  return { events, presence, ...(welcome === undefined ? {} : { welcome }) };
}

/** Users of the benchmark are named after their first client. */
const presenceOf = ({ name, users }: { readonly name: string; readonly users: readonly string[] }): ChannelFrame["presence"][number] => ({
  clients: users.map((user) => Number(user.slice(user.lastIndexOf("-") + 1))),
  present: name === "channel.joined",
});

function deliveriesOf({ after, upTo, items }: Events): Delivery[] {
  let last = after;
  return items.map(({ seq, data }) => {
    if (seq <= last || seq > upTo) throw new Error(`seq ${seq} after ${last} in a frame up to ${upTo}`);
    last = seq;
    return decodePayload(String(data));
  });
}

export interface DirectOptions {
  readonly socket: WebSocket;
  readonly who: string;
  readonly tape: FrameTape<ChannelFrame>;
  readonly ids: Ids;
  /** Where the device stood before: it goes on from there. */
  readonly previous?: ChannelPosition | undefined;
  readonly onDeliveries: (deliveries: readonly Delivery[]) => void;
  readonly onPresence?: ((clients: readonly number[], present: boolean) => void) | undefined;
  readonly traffic: Traffic;
}

export interface ChannelPosition {
  readonly epoch: string;
  readonly seq: number;
}

/** A direct socket to a channel: keeps its position, finds gaps, acknowledges for flow control, publishes. */
export class Direct implements Ticking {
  readonly #options: DirectOptions;
  readonly #outbox: Outbox;
  readonly #reader = { cursor: 0 };
  #stream = "";
  #epoch = "";
  #position = -1;
  #unacknowledgedBytes = 0;
  #ended = false;
  #onWelcome: (() => void) | undefined;

  readonly welcomed: Promise<void>;

  constructor(options: DirectOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.socket);
    this.welcomed = new Promise((resolve) => {
      this.#onWelcome = resolve;
    });
    options.socket.on("message", (data) => this.#take(asBuffer(data)));
  }

  get socket(): WebSocket {
    return this.#options.socket;
  }

  get position(): ChannelPosition {
    return { epoch: this.#epoch, seq: this.#position };
  }

  /** It was closed by us. */
  get ended(): boolean {
    return this.#ended;
  }

  publish(data: string): void {
    this.#outbox.add(request(this.#options.ids.next(), "channel.publish", { data }));
  }

  ping(): void {
    this.#options.socket.send("ping");
  }

  acknowledge(): void {
    if (this.#unacknowledgedBytes === 0) return;
    this.#unacknowledgedBytes = 0;
    this.#outbox.add(ack(this.#stream, this.#position));
  }

  close(): void {
    this.#ended = true;
    this.#options.socket.terminate();
  }

  #take(bytes: Buffer): void {
    // What still comes in after a drop is lost, as it would be with the network.
    if (this.#ended || (bytes.length === 4 && bytes.toString("latin1") === "pong")) return;
    const { onDeliveries, onPresence, tape, traffic, who } = this.#options;
    traffic.count(bytes.length);
    const frame = tape.read(this.#reader, bytes);
    if (frame.welcome !== undefined) this.#welcome(frame.welcome);
    for (const { stream, epoch, after, upTo, deliveries, seqs } of frame.events) {
      if (stream !== this.#stream || epoch !== this.#epoch) throw new Error(`${who}: events of ${stream} ${epoch} on ${this.#stream} ${this.#epoch}`);
      if (after > this.#position) throw new Error(`${who}: at ${this.#position}, but a frame goes on after ${after}`);
      // What was on its way to everybody when one came back may reach him twice: ranges tell, and a client drops what it has.
      const known = this.#position;
      this.#position = Math.max(known, upTo);
      if (after === known) onDeliveries(deliveries);
      else onDeliveries(deliveries.filter((_, index) => (seqs[index] ?? 0) > known));
    }
    for (const { clients, present } of frame.presence) onPresence?.(clients, present);
    if (frame.events.length > 0) this.#count(bytes.length);
  }

  #welcome({ stream, epoch, seq, recovered }: NonNullable<ChannelFrame["welcome"]>): void {
    const { previous, who } = this.#options;
    if (previous !== undefined && (recovered !== true || epoch !== previous.epoch || seq !== previous.seq)) {
      throw new Error(`${who}: came back at ${previous.epoch} ${previous.seq}, and was not recovered: ${epoch} ${seq}`);
    }
    this.#stream = stream;
    this.#epoch = epoch;
    this.#position = seq;
    this.#onWelcome?.();
  }

  #count(bytes: number): void {
    this.#unacknowledgedBytes += bytes;
    if (this.#unacknowledgedBytes >= LIMITS.ackBytes) this.acknowledge();
  }
}
