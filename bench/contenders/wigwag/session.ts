import type { WebSocket } from "ws";
import type { Down } from "../../../src/protocol/down.ts";
import type { Events } from "../../../src/protocol/messages/events.ts";
import type { Message } from "../../../src/protocol/messages/message.ts";
import { INBOX } from "../../../src/protocol/names.ts";
import { asBuffer } from "../../load/socket.ts";
import type { Traffic } from "../../load/traffic.ts";
import type { Ticking } from "./clock.ts";
import { Outbox } from "./outbox.ts";
import type { Rides } from "./rides.ts";
import { ack, decodeDown, request } from "./wire.ts";

type Answer = (output: Record<string, unknown>) => void;
type Tuple = readonly [from: string, device: string, id: number];

/** Request ids of a device rise over all its sockets. */
export class Ids {
  #last = 0;

  /** Those up to here are used. */
  begin(last: number): void {
    this.#last = Math.max(this.#last, last);
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}

export interface SessionOptions {
  readonly socket: WebSocket;
  readonly ids: Ids;
  readonly onMessage: (message: Message) => void;
  readonly traffic: Traffic;
  /** Where channels ride on this socket. */
  readonly rides?: Rides | undefined;
  /** The same device's last one: what it has seen need not be seen again. */
  readonly previous?: Session | undefined;
}

/** A session socket: requests and their replies, peer messages and their receipts, the inbox. */
export class Session implements Ticking {
  readonly #options: SessionOptions;
  readonly #outbox: Outbox;
  readonly #answers = new Map<number, Answer>();
  /** Last id per sending device: what is not above it is a repeat, to be dropped but acknowledged. */
  readonly #lastIds: Map<string, number>;
  #received: Tuple[] = [];
  #inboxUpTo: number | undefined;
  #ended = false;
  #onWelcome: (() => void) | undefined;

  readonly welcomed: Promise<void>;

  constructor(options: SessionOptions) {
    const { socket, traffic, previous } = options;
    this.#options = options;
    this.#outbox = new Outbox(socket);
    this.#lastIds = previous === undefined ? new Map() : previous.#lastIds;
    this.welcomed = new Promise((resolve) => {
      this.#onWelcome = resolve;
    });
    socket.on("message", (data) => {
      const bytes = asBuffer(data);
      if (this.#ended || (bytes.length === 4 && bytes.toString("latin1") === "pong")) return;
      traffic.count(bytes.length);
      for (const message of decodeDown(bytes)) this.#take(message, bytes.length);
    });
  }

  get socket(): WebSocket {
    return this.#options.socket;
  }

  /** It was closed by us. */
  get ended(): boolean {
    return this.#ended;
  }

  request(op: string, input: object): Promise<Record<string, unknown>> {
    return new Promise((resolve) => this.ask(op, input, resolve));
  }

  ask(op: string, input: object, onAnswer: Answer): void {
    const id = this.#options.ids.next();
    this.#answers.set(id, onAnswer);
    this.#outbox.add(request(id, op, input));
  }

  ping(): void {
    this.socket.send("ping");
  }

  acknowledge(): void {
    for (const due of this.#options.rides?.due() ?? []) this.#outbox.add(due);
    if (this.#inboxUpTo === undefined) return;
    this.#outbox.add(ack(INBOX, this.#inboxUpTo));
    this.#inboxUpTo = undefined;
  }

  close(): void {
    this.#ended = true;
    this.socket.terminate();
  }

  #take(message: Down, frameBytes: number): void {
    switch (message.type) {
      case "welcome":
        if (message.kind === "session") this.#options.ids.begin(message.firstId);
        return this.#onWelcome?.();
      case "reply": {
        if ("error" in message) throw new Error(`request ${message.id} was refused: ${message.error.code} ${message.error.message}`);
        const answer = this.#answers.get(message.id);
        if (answer === undefined) throw new Error(`a reply to ${message.id}, which nobody asked or which was answered before`);
        this.#answers.delete(message.id);
        return answer(message.ok);
      }
      case "message":
        this.#confirm([message.from, message.device, message.id]);
        return this.#deliver(message);
      case "events":
        if (message.stream !== INBOX) return this.#ride(message, frameBytes);
        for (const item of message.items) this.#deliver(item);
        this.#inboxUpTo = message.upTo;
        return queueMicrotask(() => this.acknowledge());
      case "goaway":
        throw new Error(`the server goes away: ${message.reason}`);
      case "notice":
        return;
    }
  }

  #ride(events: Events, frameBytes: number): void {
    const due = this.#options.rides?.take(events, frameBytes);
    if (due !== undefined) this.#outbox.add(due);
  }

  #deliver(message: Message): void {
    const sender = `${message.device} ${message.from}`;
    if (message.id <= (this.#lastIds.get(sender) ?? 0)) return;
    this.#lastIds.set(sender, message.id);
    this.#options.onMessage(message);
  }

  #confirm(tuple: Tuple): void {
    if (this.#received.push(tuple) > 1) return;
    queueMicrotask(() => {
      this.#outbox.add(JSON.stringify({ type: "received", messages: this.#received }));
      this.#received = [];
    });
  }
}
