import { env } from "cloudflare:workers";
import { decodeFrame, encodeFrame } from "../../src/protocol/frame.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { userName } from "../../src/server/objects/locate.ts";
import { type SessionTrust, TRUST_HEADER } from "../../src/server/trust.ts";
import { within } from "../../src/server/within.ts";
import { must } from "../../src/util/assert.ts";

export const APP = "00000000000000000000000000000de7";
export const userStub = (user: string) => env.USER.getByName(userName(APP, user));

export const trustOf = (user: string, changes: Partial<SessionTrust> = {}): SessionTrust => ({
  app: APP,
  user,
  device: "phone",
  kind: "web",
  instance: "i1",
  keepAliveMs: 10_000,
  tokenExpiresAt: Date.now() + 3_600_000,
  enforceExpiry: true,
  rights: "all",
  settings: DEFAULT_SETTINGS,
  ...changes,
});

/** Far more than anything takes, and less than a test may: what was missing is said. */
const ANSWER_MS = 20_000;

/** As decoded; a close stands as `closed` with its code and reason. */
type Message = Record<string, unknown>;

/** A device with a session socket, reading what comes in order. It acknowledges only when told to. */
export class Device {
  readonly #socket: WebSocket;
  readonly #inbox: Message[] = [];
  /** Everything that came, in order. */
  readonly seen: Message[] = [];
  readonly #waiting: (() => void)[] = [];
  #id: number | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (data === "pong") return this.#put([{ type: "pong" }]);
      const decoded = decodeFrame(data);
      if (!decoded.ok) throw new Error(decoded.error.message);
      this.#put(decoded.value);
    });
    socket.addEventListener("close", ({ code, reason }) => this.#put([{ type: "closed", code, reason }]));
    socket.accept();
  }

  static async connect(user: string, changes: Partial<SessionTrust> = {}): Promise<Device> {
    const headers = { upgrade: "websocket", [TRUST_HEADER]: encodeURIComponent(JSON.stringify(trustOf(user, changes))) };
    const response = await userStub(user).fetch("https://object/session", { headers });
    const device = new Device(must(response.webSocket, `a socket, not ${response.status}`));
    return device;
  }

  /** The welcome has come, too. */
  static async login(user: string, changes: Partial<SessionTrust> = {}): Promise<{ device: Device; welcome: Message }> {
    const device = await Device.connect(user, changes);
    const welcome = await device.next("welcome");
    device.#id = Number(welcome.firstId);
    return { device, welcome };
  }

  /** The next message of this type; others stay where they are. */
  async next(type: string): Promise<Message> {
    for (;;) {
      const index = this.#inbox.findIndex((message) => message.type === type);
      if (index >= 0) return this.#inbox.splice(index, 1)[0] as Message;
      await this.any();
    }
  }

  /** Something comes, whatever it is; fails where nothing can come any more, or does not in good time. */
  async any(): Promise<void> {
    const closed = this.seen.find((message) => message.type === "closed");
    if (closed !== undefined) throw new Error(`closed with ${String(closed.code)} ${String(closed.reason)} before it came`);
    const came = new Promise<void>((resume) => this.#waiting.push(resume));
    await within(ANSWER_MS, came).catch(() => {
      throw new Error(`nothing within ${ANSWER_MS} ms, after ${this.seen.map(({ type, name }) => name ?? type).join(", ")}`);
    });
  }

  /** What has come and was not read. */
  unread(type: string): Message[] {
    return this.#inbox.filter((message) => message.type === type) as Message[];
  }

  raw(data: string | ArrayBuffer | Uint8Array): void {
    this.#socket.send(data);
  }

  post(messages: readonly object[]): void {
    this.#socket.send(encodeFrame(messages));
  }

  nextId(): number {
    this.#id = must(this.#id, "a login") + 1;
    return this.#id;
  }

  submit(op: string, input: object): number {
    const id = this.nextId();
    this.post([{ type: "request", id, op, input }]);
    return id;
  }

  async request(op: string, input: object): Promise<Message> {
    const id = this.submit(op, input);
    return this.replyTo(id);
  }

  async replyTo(id: number): Promise<Message> {
    for (;;) {
      const index = this.#inbox.findIndex((message) => message.type === "closed" || (message.type === "reply" && message.id === id));
      if (index >= 0) return this.#inbox.splice(index, 1)[0] as Message;
      await this.any();
    }
  }

  /** Acknowledges a pushed message. */
  received(...messages: Message[]): void {
    this.post([{ type: "received", messages: messages.map(({ from, device, id }) => [from, device, id]) }]);
  }

  /** A round trip: everything sent before has been handled, and what it caused here has come. */
  async settle(): Promise<void> {
    await this.request("presence.subscriptions", {});
  }

  close(code = 1000): void {
    this.#socket.close(code, "bye");
  }

  #put(messages: readonly Message[]): void {
    this.#inbox.push(...messages);
    this.seen.push(...messages);
    for (const resume of this.#waiting.splice(0)) resume();
  }
}
