import { owner } from "./actor.ts";
import type { End, Frame, Link } from "./link.ts";

const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** Who is told what comes over a socket: the object that accepted it. */
export interface SocketHost {
  message(socket: ServerSocket, frame: Frame): void;
  closed(socket: ServerSocket, code: number, reason: string, wasClean: boolean): void;
}

/** The service's side of a connection: what is left of it when its object hibernates. */
export class ServerSocket implements End {
  tags: readonly string[] = [];
  attachment: unknown = null;
  /** When its ping was last answered, unix ms. */
  pongAt: number | undefined;
  readyState = OPEN;
  #host: SocketHost | undefined;
  #link: Link | undefined;
  /** What was said before the upgrade was answered. */
  #early: ((link: Link) => void)[] | undefined = [];

  get link(): Link | undefined {
    return this.#link;
  }

  accept(host: SocketHost): void {
    this.#host = host;
  }

  /** The upgrade's answer goes to the client by this connection. */
  attach(link: Link): void {
    this.#link = link;
    const early = this.#early ?? [];
    this.#early = undefined;
    link.attach(this);
    for (const say of early) say(link);
    // Its object has died since.
    if (this.readyState === CLOSED) link.cut(0, undefined);
  }

  /** The answer was lost, or there was nobody to hear it. */
  abandon(): void {
    if (this.#link === undefined) this.dropped();
  }

  send(frame: Frame): void {
    this.#say((link) => link.down(frame));
  }

  close(code: number, reason: string): void {
    const answers = this.readyState === CLOSED;
    this.#say((link) => {
      link.closeDown(code, reason);
      if (answers) link.inTurn("down", "end", () => link.done());
    });
  }

  message(frame: Frame): void {
    if (this.readyState !== CLOSED) this.#host?.message(this, frame);
  }

  closing(code: number, reason: string): void {
    this.#end(code, reason, true);
  }

  dropped(): void {
    this.#end(1006, "", false);
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#host?.closed(this, code, reason, wasClean);
  }

  #say(say: (link: Link) => void): void {
    if (this.#link !== undefined) say(this.#link);
    else this.#early?.push(say);
  }
}

/** What a program holds of the service's side of a socket. Another one for each life of its object. */
export class SimulatedWebSocket {
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readonly #socket: ServerSocket;
  #closed = false;

  constructor(socket: ServerSocket) {
    this.#socket = socket;
  }

  /** For the platform. */
  static socketOf(held: SimulatedWebSocket): ServerSocket {
    return held.#socket;
  }

  get readyState(): number {
    // In the handler of its close a socket is closing, and wants to be closed from here, too.
    return this.#socket.readyState === CLOSED ? (this.#closed ? CLOSED : CLOSING) : this.#socket.readyState;
  }

  accept(): void {}

  send(data: string | Uint8Array | ArrayBuffer): void {
    if (this.#closed || this.#socket.readyState !== OPEN) throw new TypeError("Can't call WebSocket send() after close().");
    const frame = typeof data === "string" ? data : new Uint8Array(data).slice().buffer;
    owner().output(() => this.#socket.send(frame));
  }

  close(code = 1005, reason = ""): void {
    if (this.#closed) return;
    if (code !== 1000 && (code < 3000 || code > 4999) && code !== 1001 && (code < 1007 || code > 1014))
      throw new TypeError(`not a close code to be sent: ${code}`);
    this.#closed = true;
    if (this.#socket.readyState === OPEN) this.#socket.readyState = CLOSING;
    owner().output(() => this.#socket.close(code, reason));
  }

  serializeAttachment(value: unknown): void {
    this.#socket.attachment = structuredClone(value);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#socket.attachment);
  }
}

/** Node's gives no answer of 101, and none carries a socket. */
export class SimulatedResponse extends Response {
  readonly webSocket: SimulatedWebSocket | undefined;

  constructor(body?: BodyInit | null, init: ResponseInit & { webSocket?: SimulatedWebSocket } = {}) {
    const { webSocket, ...rest } = init;
    super(body, rest.status === 101 ? { ...rest, status: 200 } : rest);
    this.webSocket = webSocket;
    if (rest.status === 101) Object.defineProperty(this, "status", { value: 101 });
  }
}

export class WebSocketPair {
  readonly 0: SimulatedWebSocket;
  readonly 1: SimulatedWebSocket;

  constructor() {
    const socket = new ServerSocket();
    this[0] = new SimulatedWebSocket(socket);
    this[1] = new SimulatedWebSocket(socket);
  }
}

export class WebSocketRequestResponsePair {
  readonly request: string;
  readonly response: string;

  constructor(request: string, response: string) {
    this.request = request;
    this.response = response;
  }
}
