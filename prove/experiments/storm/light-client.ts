import type { WebSocket } from "ws";
import { decodeDown, request, subprotocols } from "../../../bench/contenders/wigwag/wire.ts";
import { asBuffer, openSocket } from "../../../bench/load/socket.ts";
import { backoffMs } from "../../../src/client/backoff.ts";
import { closeOrder } from "../../../src/protocol/close-codes.ts";
import { TIMINGS } from "../../../src/protocol/limits.ts";

/** How a client comes back: as the SDK does, at once and without any patience, or as the SDK does with a token that has ended. */
export type Manner = "spread" | "at-once" | "expired-token";

/** A client without patience asks again after this: at once would be a loop that leaves the server no processor. */
const IMPATIENT_MS = 50;
export const KEEP_ALIVE_MS = 30_000;

export interface LightOptions {
  readonly url: string;
  readonly app: string;
  readonly user: string;
  readonly device: string;
  readonly channel: string;
  /** `expired`: one that has ended. */
  readonly token: (expired: boolean) => Promise<string>;
  /** Told when it is in its channel, and of each message it hears there. */
  readonly whole: () => void;
  readonly heard: (data: string) => void;
  /** It was accepted and closed with a code, or not accepted at all. */
  readonly refused: (why: string) => void;
  /** What must not be: a gap, or a place in the channel that it cannot have. */
  readonly wrong: (what: string) => void;
}

/** One session socket and a channel that rides on it: the protocol, and nothing that costs a processor much. */
export class LightClient {
  manner: Manner = "spread";
  attempts = 0;
  isWhole = false;
  readonly #options: LightOptions;
  readonly #instance = crypto.randomUUID();
  #socket: WebSocket | undefined;
  #position: { epoch: string; seq: number } | undefined;
  #spreadMs: number = TIMINGS.reconnectSpreadMs;
  #tries = 0;
  #firstId = 0;
  #isWelcome = false;
  #ended = false;
  #renewed = false;

  constructor(options: LightOptions) {
    this.#options = options;
  }

  /** What it has is lost from here on: the next connection is counted anew. */
  prepare(manner: Manner): void {
    this.manner = manner;
    this.attempts = 0;
    this.#tries = 0;
    this.#renewed = false;
  }

  async connect(): Promise<void> {
    const { url, app, user, device, token } = this.#options;
    const query = new URLSearchParams({ app, user, device, kind: "storm", instance: this.#instance, keepAlive: String(KEEP_ALIVE_MS) });
    const secret = await token(this.manner === "expired-token" && !this.#renewed);
    if (this.#ended) return;
    this.attempts += 1;
    this.#isWelcome = false;
    const socket = openSocket(`${url.replace("http", "ws")}/v1/session?${query}`, subprotocols(secret));
    this.#socket = socket;
    socket.on("message", (data) => this.#take(asBuffer(data)));
    socket.on("error", () => {});
    socket.on("close", (code, reason) => this.#closed(code, reason.toString()));
  }

  ping(): void {
    if (this.isWhole) this.#socket?.send("ping");
  }

  end(): void {
    this.#ended = true;
    this.#socket?.terminate();
  }

  #closed(code: number, reason: string): void {
    const wasWelcome = this.#isWelcome;
    this.isWhole = false;
    if (this.#ended) return;
    if (!wasWelcome) this.#options.refused(code === 1006 ? "not accepted" : `${code} ${reason}`);
    // As the SDK: a close in its range says what to do.
    if (closeOrder(code) === "new-token") this.#renewed = true;
    if (closeOrder(code) === "stay-away") return this.#options.wrong(`${this.#options.user} was told to stay away: ${code} ${reason}`);
    const waitMs =
      this.manner === "at-once"
        ? this.#tries === 0
          ? 0
          : IMPATIENT_MS
        : backoffMs(this.#tries, { spreadMs: this.#spreadMs, baseMs: this.#spreadMs, capMs: TIMINGS.reconnectCapMs }, Math.random);
    this.#tries += 1;
    setTimeout(() => void this.connect(), waitMs);
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 4 && bytes.toString("latin1") === "pong") return;
    for (const message of decodeDown(bytes)) {
      if (message.type === "welcome" && message.kind === "session") {
        this.#isWelcome = true;
        this.#firstId = Math.max(this.#firstId, message.firstId) + 1;
        this.#spreadMs = message.reconnectSpreadMs;
        const { channel } = this.#options;
        const position = this.#position;
        const input = { channel: { type: "message", name: channel }, via: "session", ...(position !== undefined && { position }) };
        this.#socket?.send(request(this.#firstId, "channel.join", input));
      } else if (message.type === "reply" && message.id === this.#firstId) this.#joined(message);
      else if (message.type === "events" && message.stream !== "inbox") {
        if (this.#position !== undefined && message.after > this.#position.seq)
          this.#options.wrong(`a gap in ${this.#options.channel}: ${message.after} after ${this.#position.seq}`);
        for (const { seq, data } of message.items) if (this.#position === undefined || seq > this.#position.seq) this.#options.heard(String(data));
        this.#position = { epoch: message.epoch, seq: message.upTo };
      }
    }
  }

  #joined(reply: { readonly ok?: unknown; readonly error?: unknown }): void {
    const joined = reply.ok as { epoch: string; seq: number; recovered?: boolean; reason?: string } | undefined;
    if (joined === undefined) {
      // Overloaded, or the channel is away for a moment: the session goes, and comes again.
      this.#options.refused(`channel.join: ${JSON.stringify((reply.error as { code?: string } | undefined)?.code)}`);
      this.#isWelcome = true;
      return void this.#socket?.terminate();
    }
    const { epoch, seq, recovered, reason } = joined;
    if (this.#position !== undefined && recovered !== true) this.#options.wrong(`${this.#options.user} was not recovered: ${reason}`);
    this.#position ??= { epoch, seq };
    this.isWhole = true;
    this.#options.whole();
  }
}
