import type { WebSocket } from "ws";
import type { Down } from "../../../src/protocol/down.ts";
import type { Message } from "../../../src/protocol/messages/message.ts";
import { INBOX } from "../../../src/protocol/names.ts";
import { asBuffer } from "../../load/socket.ts";
import type { Ticking } from "./clock.ts";
import { Outbox } from "./outbox.ts";
import { ack, decodeDown, request } from "./wire.ts";

type Answer = (output: Record<string, unknown>) => void;
type Tuple = readonly [from: string, device: string, id: number];

/** A session socket: requests and their replies, peer messages and their receipts, the inbox. */
export class Session implements Ticking {
  readonly #socket: WebSocket;
  readonly #outbox: Outbox;
  readonly #answers = new Map<number, Answer>();
  /** Last id per sending device: what is not above it is a repeat, to be dropped but acknowledged. */
  readonly #lastIds = new Map<string, number>();
  #received: Tuple[] = [];
  #inboxUpTo: number | undefined;
  #nextId = 0;
  #onWelcome: (() => void) | undefined;

  readonly welcomed: Promise<void>;

  constructor(socket: WebSocket, onMessage: (message: Message) => void, onFrame: () => void) {
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.welcomed = new Promise((resolve) => {
      this.#onWelcome = resolve;
    });
    socket.on("message", (data) => {
      const bytes = asBuffer(data);
      if (bytes.length === 4 && bytes.toString("latin1") === "pong") return;
      onFrame();
      for (const message of decodeDown(bytes)) this.#take(message, onMessage);
    });
  }

  /** Ids rise over all sockets of the device, so direct sockets take theirs here, too. */
  nextId(): number {
    this.#nextId += 1;
    return this.#nextId;
  }

  request(op: string, input: object): Promise<Record<string, unknown>> {
    return new Promise((resolve) => this.ask(op, input, resolve));
  }

  ask(op: string, input: object, onAnswer: Answer): void {
    const id = this.nextId();
    this.#answers.set(id, onAnswer);
    this.#outbox.add(request(id, op, input));
  }

  ping(): void {
    this.#socket.send("ping");
  }

  acknowledge(): void {
    if (this.#inboxUpTo === undefined) return;
    this.#outbox.add(ack(INBOX, this.#inboxUpTo));
    this.#inboxUpTo = undefined;
  }

  close(): void {
    this.#socket.terminate();
  }

  #take(message: Down, onMessage: (message: Message) => void): void {
    switch (message.type) {
      case "welcome":
        if (message.kind === "session") this.#nextId = message.firstId;
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
        return this.#deliver(message, onMessage);
      case "events":
        for (const item of message.items) this.#deliver(item, onMessage);
        this.#inboxUpTo = message.upTo;
        return queueMicrotask(() => this.acknowledge());
      case "goaway":
        throw new Error(`the server goes away: ${message.reason}`);
      case "notice":
        return;
    }
  }

  #deliver(message: Message, onMessage: (message: Message) => void): void {
    const sender = `${message.device} ${message.from}`;
    if (message.id <= (this.#lastIds.get(sender) ?? 0)) return;
    this.#lastIds.set(sender, message.id);
    onMessage(message);
  }

  #confirm(tuple: Tuple): void {
    if (this.#received.push(tuple) > 1) return;
    queueMicrotask(() => {
      this.#outbox.add(JSON.stringify({ type: "received", messages: this.#received }));
      this.#received = [];
    });
  }
}
