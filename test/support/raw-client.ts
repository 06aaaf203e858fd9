import { once } from "node:events";
import { WebSocket } from "ws";
import { decodeFrame, encodeFrame } from "../../src/protocol/frame.ts";
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../../src/protocol/version.ts";

export type Json = Record<string, unknown>;
export interface Closed {
  readonly code: number;
  readonly reason: string;
}
type Wanted = (message: Json) => boolean;

/** Long enough for a busy machine; whoever waits so long fails, and says what came instead. */
const DEADLINE_MS = 20_000;

export const secretProtocol = (secret: string): string => TOKEN_SUBPROTOCOL_PREFIX + Buffer.from(secret).toString("base64url");

/** A socket that speaks the protocol and nothing else: it answers nothing and repeats nothing by itself. */
export class RawClient {
  readonly socket: WebSocket;
  /** What came and was not yet asked for, in order. */
  readonly unread: Json[] = [];
  /** Every frame as it came. */
  readonly frames: (string | ArrayBuffer)[] = [];
  readonly closed: Promise<Closed>;
  /** Told of every message before anybody can ask for it. */
  onMessage: (message: Json) => void = () => {};
  #ended: Closed | undefined;
  #id = 0;
  #greeted = false;
  #changed: (() => void)[] = [];

  constructor(url: string, protocols: readonly string[]) {
    this.socket = new WebSocket(url, [...protocols], { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
    this.socket.binaryType = "arraybuffer";
    this.socket.onmessage = ({ data }) => this.#frame(data as string | ArrayBuffer);
    // workerd ends a socket at once only if it has read something from it, else when its object sleeps.
    this.socket.onopen = () => this.socket.send("ping");
    this.closed = new Promise((resolve) => {
      this.socket.onclose = ({ code, reason }) => {
        this.#ended = { code, reason };
        resolve(this.#ended);
        this.#wake();
      };
    });
    // A close follows.
    this.socket.onerror = () => {};
  }

  /** Offers our sub-protocol and a token or ticket. */
  static withSecret(url: string, secret: string | undefined): RawClient {
    return new RawClient(url, [SUBPROTOCOL, ...(secret === undefined ? [] : [secretProtocol(secret)])]);
  }

  /** The next message that fits; those before it stay unread. Fails when the socket closes first. */
  async next(wanted: Wanted, deadlineMs = DEADLINE_MS): Promise<Json> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const index = this.unread.findIndex(wanted);
      if (index >= 0) return this.unread.splice(index, 1)[0] as Json;
      if (this.#ended !== undefined) throw new Error(`closed with ${this.#ended.code} ${this.#ended.reason} before it came; unread: ${this.#summary()}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`it did not come within ${deadlineMs} ms; unread: ${this.#summary()}`);
      await this.#change(left);
    }
  }

  nextOf(type: string): Promise<Json> {
    return this.next((message) => message.type === type);
  }

  notice(name: string): Promise<Json> {
    return this.next((message) => message.type === "notice" && message.name === name);
  }

  /** The item of an event frame that fits, or a pushed peer message; the rest of the frame stays unread. */
  async item(wanted: Wanted): Promise<Json> {
    for (;;) {
      for (const message of this.unread) {
        if (message.type === "message" && wanted(message)) {
          this.unread.splice(this.unread.indexOf(message), 1);
          return message;
        }
        const items = message.type === "events" ? (message.items as Json[]) : [];
        const index = items.findIndex(wanted);
        if (index >= 0) return items.splice(index, 1)[0] as Json;
      }
      const seen = this.unread.length;
      await this.next(() => this.unread.length > seen).then((message) => this.unread.push(message));
    }
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  opened(): Promise<unknown> {
    return this.isOpen ? Promise.resolve() : once(this.socket, "open");
  }

  /** Whatever bytes or text, as one frame. */
  raw(data: string | Uint8Array): void {
    this.socket.send(data);
  }

  post(...messages: object[]): void {
    this.raw(encodeFrame(messages));
  }

  /** Ids go on from here. */
  startIds(first: number): void {
    this.#id = Math.max(this.#id, first);
  }

  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  submit(op: string, input: object): number {
    const id = this.nextId();
    this.post({ type: "request", id, op, input });
    return id;
  }

  replyTo(id: number): Promise<Json> {
    return this.next((message) => message.type === "reply" && message.id === id);
  }

  request(op: string, input: object): Promise<Json> {
    return this.replyTo(this.submit(op, input));
  }

  /** The operation's output; an error is a failure. */
  async ok(op: string, input: object): Promise<Json> {
    const reply = await this.request(op, input);
    if (reply.ok === undefined) throw new Error(`${op}: ${JSON.stringify(reply.error)}`);
    return reply.ok as Json;
  }

  /** The operation's error; an output is a failure. */
  async refused(op: string, input: object): Promise<Json> {
    const reply = await this.request(op, input);
    if (reply.error === undefined) throw new Error(`${op} was not refused: ${JSON.stringify(reply.ok)}`);
    return reply.error as Json;
  }

  /** Says that it has a pushed message. */
  received(...messages: Json[]): void {
    this.post({ type: "received", messages: messages.map(({ from, device, id }) => [from, device, id]) });
  }

  async close(code = 1000): Promise<Closed> {
    this.socket.close(code);
    return this.closed;
  }

  /** Without a goodbye, as when the network is gone. */
  terminate(): void {
    this.socket.terminate();
  }

  #frame(data: string | ArrayBuffer): void {
    if (data === "pong" && !this.#greeted) {
      this.#greeted = true;
      return;
    }
    this.frames.push(data);
    if (data === "pong") return this.#put([{ type: "pong" }]);
    const decoded = decodeFrame(data);
    this.#put(decoded.ok ? decoded.value : [{ type: "malformed", error: decoded.error }]);
  }

  #put(messages: readonly Json[]): void {
    for (const message of messages) this.onMessage(message);
    this.unread.push(...messages);
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#changed.splice(0)) resume();
  }

  #change(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      this.#changed.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #summary(): string {
    return JSON.stringify(this.unread).slice(0, 1000);
  }
}
