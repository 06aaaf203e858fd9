import { CLOSE } from "../protocol/close-codes.ts";
import type { Down } from "../protocol/down.ts";
import { decodeFrame } from "../protocol/frame.ts";
import type { Welcome } from "../protocol/messages/session.ts";
import type { Up } from "../protocol/up.ts";
import { utf8Bytes } from "../util/text.ts";
import type { Address } from "./address.ts";
import { backoffMs } from "./backoff.ts";
import { type ConnectionEvent, type ConnectionState, type Drop, transition } from "./connection.ts";
import type { Environment } from "./environment.ts";
import { asError, closedError, localError, WigwagError } from "./error.ts";
import { readMessage } from "./guards.ts";
import type { Ids } from "./ids.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Outgoing } from "./outgoing.ts";
import { Requests } from "./requests.ts";
import type { ClientTimings } from "./timings.ts";
import type { Socket, Transport } from "./transport.ts";

/** What all sockets of one client share. */
export interface LinkContext {
  readonly environment: Environment;
  readonly transport: Transport;
  readonly timings: ClientTimings;
  readonly ids: Ids;
  /** As the last welcome named it. */
  reconnectSpreadMs: number;
}

export type Received = Exclude<Down, { type: "welcome" | "goaway" }>;

export interface LinkHooks {
  /** Asked before every attempt; throws a WigwagError whose advice says whether to come back. */
  address(): Promise<Address>;
  /** Whether another attempt would bring another token or ticket. */
  renewable(): boolean;
  keepAliveMs(): number;
  /** False if it is not the welcome of this sort of socket. */
  welcomed(welcome: Welcome): boolean;
  /** `bytes`: its share of the frame it came in. */
  received(message: Received, bytes: number): void;
  changed(state: ConnectionState, previous: ConnectionState): void;
  failed(error: Error): void;
}

/** The service takes 1000 for a goodbye, which ends a membership; a socket that will be opened again must not say it. */
const GOODBYE = 1000;
const BACK_SOON = CLOSE.goAway.code;

/** One socket that lives through reconnects, with its requests, its ping and its frames. */
export class Link {
  readonly requests: Requests;
  #state: ConnectionState = { at: "idle" };
  #socket: Socket | undefined;
  #keepAlive: KeepAlive | undefined;
  /** Calls off whatever the present state has set going. */
  #leaveState = () => {};
  #cancelGoAway = () => {};
  readonly #outgoing: Outgoing;
  readonly #context: LinkContext;
  readonly #hooks: LinkHooks;

  constructor(context: LinkContext, hooks: LinkHooks) {
    this.#context = context;
    this.#hooks = hooks;
    const { environment, ids, timings } = context;
    this.#outgoing = new Outgoing({
      soon: (run) => environment.soon(run),
      send: (frame) => this.#socket?.send(frame),
      oversize: (message) => message.type === "request" && this.requests.fail(message.id, localError("too_large", { field: "frame" })),
    });
    this.requests = new Requests({
      environment,
      ids,
      requestTimeoutMs: timings.requestTimeoutMs,
      post: (request) => this.post(request),
      silent: () => this.#keepAlive?.probe(),
    });
  }

  get isOpen(): boolean {
    return this.#state.at === "open";
  }

  start(): void {
    this.#on({ is: "start" });
  }

  /** Goes out with the present tick's frame; nothing that is posted while there is no socket is kept. */
  post(message: Up): void {
    if (this.isOpen) this.#outgoing.add(message);
  }

  /** Ends it for good. */
  end(drop: Drop): void {
    if (this.isOpen) this.#outgoing.flush();
    this.#on({ is: "ended", drop });
  }

  /** Gives up the present socket and comes back. */
  restart(drop: Drop): void {
    this.#on({ is: "dropped", now: this.#context.environment.now(), drop, renewable: this.#hooks.renewable() });
  }

  /** The machine woke up, the network came back: do not wait for timers that were set before. */
  wake(): void {
    this.#keepAlive?.probe();
    this.#on({ is: "due" });
  }

  announceKeepAlive(intervalMs: number): void {
    this.#keepAlive?.setInterval(intervalMs);
  }

  #on(event: ConnectionEvent): void {
    const previous = this.#state;
    const state = transition(previous, event, this.#context.timings.stableMs);
    if (state === previous) return;
    this.#state = state;
    this.#leaveState();
    this.#leaveState = () => {};
    if (state.at === "waiting") this.#letGo(BACK_SOON, state.drop);
    if (state.at === "closed") this.#letGo(GOODBYE, state.drop);
    this.#enter(state);
    this.#hooks.changed(state, previous);
  }

  #enter(state: ConnectionState): void {
    switch (state.at) {
      case "preparing":
        this.#later(this.#context.timings.loginTimeoutMs, () => this.restart({ reason: "no token or ticket in time" }));
        return void this.#prepare();
      case "opening":
        return this.#later(this.#context.timings.requestTimeoutMs, () => this.restart({ reason: "no welcome in time" }));
      case "open":
        return this.requests.open();
      case "waiting":
        return this.#later(this.#waitMs(state.drops, state.drop), () => this.#on({ is: "due" }));
      case "closed":
        return this.requests.close(state.drop.error ?? closedError(state.drop.code, state.drop.reason));
      case "idle":
    }
  }

  #later(ms: number, run: () => void): void {
    this.#leaveState = this.#context.environment.after(ms, run);
  }

  #waitMs(drops: number, drop: Drop): number {
    const { environment, timings, reconnectSpreadMs } = this.#context;
    if (drop.retryAfterMs !== undefined) return environment.random() * drop.retryAfterMs;
    return backoffMs(drops - 1, { spreadMs: reconnectSpreadMs, baseMs: timings.reconnectSpreadMs, capMs: timings.reconnectCapMs }, () => environment.random());
  }

  async #prepare(): Promise<void> {
    const state = this.#state;
    let address: Address;
    try {
      address = await this.#hooks.address();
    } catch (thrown) {
      if (this.#state === state) this.#failed(thrown);
      return;
    }
    if (this.#state !== state) return;
    this.#on({ is: "prepared" });
    try {
      this.#openSocket(address);
    } catch (thrown) {
      this.#failed(thrown);
    }
  }

  #failed(thrown: unknown): void {
    const error = thrown instanceof WigwagError ? thrown : localError("internal", { message: asError(thrown).message, cause: thrown });
    this.restart({ reason: error.message, error });
    // If that was the end, whoever waits is told so; if it is tried again, somebody should know why it takes long.
    if (this.#state.at !== "closed") this.#hooks.failed(error);
  }

  #openSocket({ url, protocols }: Address): void {
    // A socket that was given up may go on talking for a minute; it is no longer listened to.
    const isCurrent = () => this.#socket === socket;
    const socket: Socket = this.#context.transport.open(url, protocols, {
      opened: () => {},
      message: (frame) => isCurrent() && this.#frame(frame),
      closed: (code, reason) => {
        if (!isCurrent()) return;
        this.#socket = undefined;
        this.restart({ code, reason: reason || "connection lost" });
      },
    });
    this.#socket = socket;
  }

  /** Leaves the socket, whatever it does from now on. */
  #letGo(code: number, drop: Drop): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#keepAlive?.stop();
    this.#keepAlive = undefined;
    this.#cancelGoAway();
    this.#outgoing.clear();
    this.requests.interrupt();
    socket?.close(code, drop.reason.slice(0, 40));
  }

  #frame(frame: string | ArrayBuffer): void {
    this.#keepAlive?.heard();
    if (frame === "pong") return;
    const messages = decodeFrame(frame);
    if (!messages.ok) return this.#malformed(messages.error.message);
    const socket = this.#socket;
    const bytes = (typeof frame === "string" ? utf8Bytes(frame) : frame.byteLength) / Math.max(1, messages.value.length);
    for (const raw of messages.value) {
      const message = readMessage(raw);
      if (message === "malformed") return this.#malformed(`message of type ${String(raw.type)}`);
      if (message !== "unknown") this.#message(message, bytes);
      // What a message made us do may have ended the socket it came from.
      if (this.#socket !== socket) return;
    }
  }

  #message(message: Down, bytes: number): void {
    if (message.type === "welcome") return this.#welcome(message);
    if (message.type === "goaway") return this.#goAway(message.reason, message.retryAfterMs);
    if (message.type === "reply") this.requests.reply(message);
    this.#hooks.received(message, bytes);
  }

  #welcome(welcome: Welcome): void {
    if (this.#state.at !== "opening") return this.#malformed("a second welcome");
    if (!this.#hooks.welcomed(welcome)) return this.#malformed("the welcome of another sort of socket");
    const { environment, timings } = this.#context;
    this.#keepAlive = new KeepAlive(environment, this.#hooks.keepAliveMs(), timings.probeMs, {
      ping: () => this.#socket?.send("ping"),
      dead: () => this.restart({ code: CLOSE.idle.code, reason: CLOSE.idle.reason }),
    });
    // The local runtime ends a socket at once only when it has read something from it; else a kick would be heard 10 s late.
    this.#socket?.send("ping");
    this.#on({ is: "welcomed", now: environment.now() });
  }

  /** Stays until its turn comes, so that a restart of the service moves its clients one after the other. */
  #goAway(reason: string, retryAfterMs: number): void {
    const { environment } = this.#context;
    this.#cancelGoAway();
    this.#cancelGoAway = environment.after(environment.random() * retryAfterMs, () => this.restart({ code: CLOSE.goAway.code, reason, retryAfterMs: 0 }));
  }

  #malformed(what: string): void {
    this.#hooks.failed(localError("bad_frame", { message: `the server sent a malformed frame: ${what}` }));
    this.restart({ reason: "malformed frame" });
  }
}
