import { WebSocket } from "ws";
import { FrameTape } from "../../../bench/lib/frame-tape.ts";
import { Histogram } from "../../../bench/lib/histogram.ts";
import { asBuffer } from "../../../bench/load/socket.ts";
import { issueTicket } from "../../../src/domain/access/ticket.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../../../src/protocol/version.ts";
import { webTokenCrypto } from "../../../src/server/access/web-crypto.ts";
import { answerQuestions } from "../support/side-process.ts";
import type { CrowdOptions, Errand, Report } from "./errand.ts";

interface Events {
  readonly epoch: string;
  readonly after: number;
  readonly upTo: number;
  readonly seqs: readonly number[];
  /** When each was said; 0 where nobody measures. */
  readonly saidAt: readonly number[];
  readonly from: readonly { readonly user: string; readonly id: number }[];
}

/** A frame, decoded once for all who get the same bytes. */
interface Content {
  readonly welcome?: { readonly epoch: string; readonly seq: number; readonly recovered?: boolean };
  readonly goAwayMs?: number;
  readonly events: readonly Events[];
  readonly refused: readonly { readonly id: number; readonly code: string }[];
}

type Raw = Record<string, unknown>;

function decode(bytes: Buffer): Content {
  const parsed: Raw | Raw[] = JSON.parse(bytes.toString("utf8"));
  let content: { -readonly [Key in keyof Content]: Content[Key] } = { events: [], refused: [] };
  for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
    if (message.type === "welcome") content = { ...content, welcome: message as unknown as NonNullable<Content["welcome"]> };
    else if (message.type === "goaway") content = { ...content, goAwayMs: Number(message.retryAfterMs) };
    else if (message.type === "reply" && message.error !== undefined)
      content = { ...content, refused: [...content.refused, { id: Number(message.id), code: String((message.error as Raw).code) }] };
    else if (message.type === "events") {
      const items = message.items as { seq: number; from: string; id: number; data: string }[];
      const events: Events = {
        epoch: String(message.epoch),
        after: Number(message.after),
        upTo: Number(message.upTo),
        seqs: items.map(({ seq }) => seq),
        saidAt: items.map(({ data }) => Number(data.slice(0, data.indexOf(" ")))),
        from: items.map(({ from, id }) => ({ user: from, id })),
      };
      content = { ...content, events: [...content.events, events] };
    }
  }
  return content;
}

/** One in so many measures how long messages took. */
const MEASURED_EVERY = 16;
const ACK_BYTES = LIMITS.ackBytes;
const RETRY_MS = 300;
const ID_FLOOR = 1_000;

/** A member that keeps its place over any number of sockets, with no more around it than a crowd of thousands can bear. */
class Member {
  readonly user: string;
  readonly #crowd: Crowd;
  readonly #measures: boolean;
  readonly #reader = { cursor: 0 };
  /** Said and not heard back. */
  readonly unheard = new Map<number, string>();
  position: { epoch: string; seq: number } | undefined;
  heard = 0;
  from = 0;
  socket: WebSocket | undefined;
  joined = false;
  wanted = true;
  #stream = "";
  #unacknowledged = 0;
  #ids = ID_FLOOR;

  constructor(user: string, crowd: Crowd, measures: boolean) {
    this.user = user;
    this.#crowd = crowd;
    this.#measures = measures;
  }

  async connect(): Promise<void> {
    const { options } = this.#crowd;
    const ticket = await this.#crowd.ticket(this.user);
    if (!this.wanted || this.socket !== undefined) return;
    const query = new URLSearchParams({ app: options.app, user: this.user, device: "d", type: "message", name: options.channel, keepAlive: "300000" });
    const place = this.position === undefined ? "" : `&position=${this.position.epoch}.${this.position.seq}`;
    const protocols = [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + Buffer.from(ticket).toString("base64url")];
    const socket = new WebSocket(`${options.url.replace("http", "ws")}/v1/channel?${query}${place}`, protocols, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
    });
    this.socket = socket;
    socket.on("message", (data) => this.#take(socket, asBuffer(data)));
    socket.on("error", () => {});
    socket.on("close", (code) => this.#closed(socket, code));
  }

  say(): void {
    const id = ++this.#ids;
    this.unheard.set(id, `${Date.now()} ${"x".repeat(100)}`);
    // One under way at a time: whatever becomes of it, nothing of this member overtakes it.
    if (this.unheard.size === 1) this.#post(id);
  }

  leave(): void {
    this.wanted = false;
    this.joined = false;
    this.socket?.close(1000);
    this.socket = undefined;
  }

  #take(socket: WebSocket, bytes: Buffer): void {
    if (socket !== this.socket) return;
    const content = this.#crowd.tape.read(this.#reader, bytes);
    if (content.welcome !== undefined) this.#welcome(content.welcome);
    for (const events of content.events) this.#events(events);
    if (content.events.length > 0) this.#acknowledge(bytes.length);
    for (const { id, code } of content.refused) this.#refused(id, code);
    if (content.goAwayMs !== undefined) {
      this.#crowd.moves += 1;
      setTimeout(() => socket === this.socket && this.#back(socket), Math.random() * content.goAwayMs);
    }
  }

  #welcome({ epoch, seq, recovered }: NonNullable<Content["welcome"]>): void {
    if (this.position === undefined) {
      this.position = { epoch, seq };
      this.from = seq;
    } else if (recovered !== true || epoch !== this.position.epoch) this.#crowd.wrong(`${this.user} at ${this.position.seq} was not recovered`);
    this.#stream = `channel:message:${this.#crowd.options.channel}`;
    this.joined = true;
    this.#next();
  }

  #next(): void {
    for (const id of this.unheard.keys()) return this.#post(id);
  }

  #refused(id: number, code: string): void {
    this.#crowd.refused.set(code, (this.#crowd.refused.get(code) ?? 0) + 1);
    if (code === "burnt") this.#crowd.wrong(`${this.user}'s ${id} is burnt`);
    else setTimeout(() => this.#post(id), RETRY_MS);
  }

  #events({ epoch, after, upTo, seqs, saidAt, from }: Events): void {
    const at = this.position;
    if (at === undefined) return;
    if (epoch !== at.epoch || after > at.seq) {
      this.#crowd.gaps += 1;
      if (this.socket !== undefined) this.#back(this.socket);
      return;
    }
    if (upTo <= at.seq) return;
    const now = Date.now();
    let expected = at.seq;
    for (let index = 0; index < seqs.length; index++) {
      const seq = seqs[index] ?? 0;
      if (seq <= at.seq) continue;
      expected += 1;
      if (seq !== expected) this.#crowd.wrong(`${this.user} heard ${seq} in the place of ${expected}`);
      if (this.#measures) this.#crowd.latency.record((now - (saidAt[index] ?? now)) * 1000);
      const said = from[index];
      if (said?.user === this.user && this.unheard.delete(said.id)) this.#next();
    }
    if (expected !== upTo) this.#crowd.wrong(`${this.user}: a frame up to ${upTo} ends with ${expected}`);
    this.heard += upTo - at.seq;
    this.#crowd.deliveries += upTo - at.seq;
    at.seq = upTo;
  }

  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < ACK_BYTES) return;
    this.#unacknowledged = 0;
    this.#send({ type: "ack", stream: this.#stream, upTo: this.position?.seq ?? 0 });
  }

  #post(id: number): void {
    const data = this.unheard.get(id);
    if (data !== undefined && this.joined) this.#send({ type: "request", id, op: "channel.publish", input: { data } });
  }

  #send(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  /** Closes without a goodbye, and comes back with the position. */
  #back(socket: WebSocket): void {
    this.socket = undefined;
    this.joined = false;
    socket.close(4000);
    void this.connect();
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    this.joined = false;
    this.#crowd.closed.set(code, (this.#crowd.closed.get(code) ?? 0) + 1);
    if (code >= 4200) return this.#crowd.wrong(`${this.user} was sent away with ${code}`);
    if (this.wanted) setTimeout(() => void this.connect(), Math.random() * RETRY_MS);
  }
}

class Crowd {
  readonly options: CrowdOptions;
  readonly tape = new FrameTape<Content>(decode);
  readonly latency = new Histogram();
  readonly members: Member[] = [];
  readonly faults: string[] = [];
  readonly closed = new Map<number, number>();
  readonly refused = new Map<string, number>();
  deliveries = 0;
  moves = 0;
  gaps = 0;
  readonly #secret: Uint8Array<ArrayBuffer>;
  readonly #crypto = webTokenCrypto();
  #talk: NodeJS.Timeout | undefined;
  #said = 0;

  constructor(options: CrowdOptions) {
    this.options = options;
    this.#secret = new TextEncoder().encode(options.secret);
  }

  wrong(what: string): void {
    if (this.faults.length < 20) this.faults.push(what);
  }

  ticket(user: string): Promise<string> {
    const { app, channel } = this.options;
    return issueTicket(
      {
        appId: app,
        userId: user,
        deviceId: "d",
        sessionGeneration: 1,
        channel: { type: "message", name: channel },
        leaf: 0,
        planEpoch: "",
        rights: { read: true, write: true, quiet: false },
        expiresAtMs: Date.now() + 300_000,
      },
      this.#secret,
      this.#crypto,
    );
  }

  async run(errand: Errand): Promise<Report> {
    switch (errand.is) {
      case "grow":
        await this.#grow(errand.to, errand.perSecond);
        break;
      case "shrink":
        await this.#shrink(errand.to, errand.perSecond);
        break;
      case "talk":
        this.#talkAt(errand.perSecond);
        break;
      case "stay":
        await pause(errand.ms);
        break;
      case "finish":
        this.#talkAt(0);
        await this.#until(() => this.#there().every((member) => member.joined && member.unheard.size === 0), errand.withinMs, "an outcome of everything said");
    }
    return this.#report();
  }

  /** Everybody has heard all up to there. */
  async heard(upTo: number, withinMs: number): Promise<Report> {
    await this.#until(() => this.#there().every(({ position }) => position?.seq === upTo), withinMs, `everybody at ${upTo}`);
    for (const { user, heard, from, position } of this.#there()) if (heard !== (position?.seq ?? 0) - from) this.wrong(`${user} heard ${heard} since ${from}`);
    return this.#report();
  }

  #there(): Member[] {
    return this.members.filter(({ wanted }) => wanted);
  }

  async #grow(to: number, perSecond: number): Promise<void> {
    const begin = performance.now();
    for (let count = 0; this.members.length < to; count++) {
      const index = this.members.length;
      const member = new Member(`${this.options.prefix}${index}`, this, index % MEASURED_EVERY === 0);
      this.members.push(member);
      void member.connect();
      const due = begin + ((count + 1) * 1000) / perSecond - performance.now();
      if (due > 5) await pause(due);
    }
    await this.#until(() => this.#there().every(({ joined }) => joined), 60_000, "everybody joined");
  }

  async #shrink(to: number, perSecond: number): Promise<void> {
    const begin = performance.now();
    const leaving = this.#there().slice(to);
    for (const [count, member] of leaving.entries()) {
      member.leave();
      const due = begin + ((count + 1) * 1000) / perSecond - performance.now();
      if (due > 5) await pause(due);
    }
  }

  #talkAt(perSecond: number): void {
    clearInterval(this.#talk);
    if (perSecond === 0) return;
    this.#talk = setInterval(() => {
      const { publishers } = this.options;
      this.members[this.#said++ % publishers]?.say();
    }, 1000 / perSecond);
  }

  async #until(done: () => boolean, ms: number, what: string): Promise<void> {
    const deadline = performance.now() + ms;
    while (!done()) {
      if (performance.now() > deadline) return this.wrong(`in vain waited ${ms} ms for ${what}`);
      await pause(50);
    }
  }

  #report(): Report {
    const { latency } = this;
    const report: Report = {
      members: this.#there().length,
      head: Math.max(0, ...this.members.map(({ position }) => position?.seq ?? 0)),
      p50Ms: latency.percentile(0.5) / 1000,
      p99Ms: latency.percentile(0.99) / 1000,
      measured: latency.total,
      deliveries: this.deliveries,
      moves: this.moves,
      gaps: this.gaps,
      closed: [...this.closed],
      refused: [...this.refused],
      wrong: this.faults.splice(0),
    };
    latency.reset();
    this.deliveries = 0;
    return report;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

answerQuestions<CrowdOptions, Errand>((options) => {
  const crowd = new Crowd(options);
  return (errand) => (errand.is === "heard" ? crowd.heard(errand.upTo, errand.withinMs) : crowd.run(errand));
});
