import type { WebSocket } from "ws";
import { decodeDown, request, subprotocols } from "../../../bench/contenders/wigwag/wire.ts";
import type { Histogram } from "../../../bench/lib/histogram.ts";
import { asBuffer, openSocket } from "../../../bench/load/socket.ts";
import { CHAT_TIMINGS } from "../../../src/protocol/chat-limits.ts";
import type { MessageRecord, News } from "../../../src/protocol/messages/conversation.ts";
import { digestOf } from "./errand.ts";

const KEEP_ALIVE_MS = 30_000;
const RETRY_MS = 500;

export interface MemberPorts {
  readonly app: string;
  readonly group: string;
  readonly latency: Histogram;
  readonly counts: MemberCounts;
  urlOf(user: string): string;
  token(user: string): Promise<string>;
  wrong(what: string): void;
}

/** Of all members of a process. */
export class MemberCounts {
  deliveries = 0;
  frames = 0;
  repeats = 0;
  gaps = 0;
}

interface Answer {
  readonly ok?: Record<string, unknown>;
  readonly error?: { readonly code: string };
}

/** A device of a group's member with a session, without the SDK: takes the group's news as the SDK does, asks for what it lacks, and acknowledges. */
export class Member {
  readonly user: string;
  /** What it has of the group, up to there; undefined: it has not asked yet. */
  position: number | undefined;
  acknowledged = 0;
  heard = 0;
  digest = 0;
  readonly #ports: MemberPorts;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #socket: WebSocket | undefined;
  #ids = 0;
  #asking = false;
  #acknowledging = false;

  constructor(user: string, ports: MemberPorts) {
    this.user = user;
    this.#ports = ports;
  }

  /** Resolves when it is told what is new, and has what was before. */
  async enter(): Promise<void> {
    const { app, urlOf, token } = this.#ports;
    const query = new URLSearchParams({ app, user: this.user, device: "d", kind: "web", instance: crypto.randomUUID(), keepAlive: String(KEEP_ALIVE_MS) });
    const socket = openSocket(`${urlOf(this.user).replace("http", "ws")}/v1/session?${query}`, subprotocols(await token(this.user)));
    this.#socket = socket;
    await new Promise<void>((welcome) => {
      socket.on("message", (data) => this.#take(asBuffer(data), welcome));
      socket.on("error", () => {});
      socket.on("close", (code, reason) => this.#ports.wrong(`${this.user}'s socket ended with ${code} ${reason.toString()}`));
    });
    await this.#call("conversation.list", {});
    await this.#ask();
  }

  ping(): void {
    // Those that are still on their way have nothing to say.
    if (this.position !== undefined) this.#socket?.send("ping");
  }

  /** Its number, once it is there. */
  async say(key: string): Promise<number> {
    for (;;) {
      const content = { type: "text", text: `${Date.now()} ${"x".repeat(100)}` };
      const { ok, error } = await this.#call("message.send", { conversation: this.#conversation, key, content });
      if (ok !== undefined) return Number(ok.seq);
      if (error?.code !== "unavailable" && error?.code !== "overloaded" && error?.code !== "timeout") {
        this.#ports.wrong(`${this.user} was refused to speak: ${error?.code}`);
        return 0;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  get #conversation() {
    return { type: "group", id: this.#ports.group } as const;
  }

  #call(op: string, input: object): Promise<Answer> {
    return new Promise((resolve) => {
      const id = ++this.#ids;
      this.#answers.set(id, resolve);
      this.#socket?.send(request(id, op, input));
    });
  }

  #take(bytes: Buffer, welcome: () => void): void {
    if (bytes.length === 4 && bytes.toString("latin1") === "pong") return;
    for (const message of decodeDown(bytes)) {
      if (message.type === "welcome" && message.kind === "session") {
        this.#ids = message.firstId;
        welcome();
      } else if (message.type === "reply") {
        this.#answers.get(message.id)?.(message as Answer);
        this.#answers.delete(message.id);
      } else if (message.type === "notice" && message.name === "conversation.news" && message.conversation.id === this.#ports.group) this.#news(message);
      else if (message.type === "goaway") this.#ports.wrong(`${this.user} was sent away: ${message.reason}`);
    }
  }

  #news({ after, upTo, records, passing }: News): void {
    const { counts } = this.#ports;
    if (passing === undefined) counts.frames += 1;
    if (this.position === undefined) return;
    if (after > this.position) {
      counts.gaps += 1;
      return void this.#ask();
    }
    this.#records(records, upTo);
  }

  #records(records: readonly MessageRecord[], upTo: number): void {
    const { counts, latency } = this.#ports;
    const now = Date.now();
    const position = this.position ?? 0;
    let last = position;
    for (const { seq, key, content, version } of records) {
      // A change of a message that it has.
      if (version > seq) continue;
      if (seq <= position) {
        counts.repeats += 1;
        continue;
      }
      if (seq <= last) this.#ports.wrong(`${this.user} got ${seq} after ${last}`);
      last = seq;
      this.heard += 1;
      this.digest = digestOf(this.digest, key);
      counts.deliveries += 1;
      if (content?.type === "text") latency.record((now - Number(content.text.slice(0, content.text.indexOf(" ")))) * 1000);
    }
    if (upTo <= position) return;
    this.position = upTo;
    this.#acknowledge();
  }

  /** As a device that is behind does, until it is not. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    for (let more = true; more; ) {
      const since = this.position;
      const { ok } = await this.#call("conversation.sync", { conversations: [{ conversation: this.#conversation, ...(since !== undefined && { since }) }] });
      const synced = (ok?.conversations as ({ upTo: number; records: MessageRecord[]; more?: true } | undefined)[] | undefined)?.[0];
      if (synced === undefined) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      if (since === undefined) this.position = synced.upTo;
      else this.#records(synced.records, synced.upTo);
      more = synced.more === true;
    }
    this.#asking = false;
  }

  /** Together with what comes until then. */
  #acknowledge(): void {
    if (this.#acknowledging) return;
    this.#acknowledging = true;
    setTimeout(() => {
      this.#acknowledging = false;
      const upTo = this.position ?? 0;
      void this.#call("conversation.received", { conversations: [{ conversation: this.#conversation, upTo }] }).then(({ error }) => {
        if (error === undefined) this.acknowledged = Math.max(this.acknowledged, upTo);
        else this.#acknowledge();
      });
    }, CHAT_TIMINGS.chatReceiptMs);
  }
}
