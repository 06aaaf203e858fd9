import { Hono } from "hono";
import { wireError } from "../../../protocol/errors.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import { isName } from "../../../protocol/names.ts";
import { DEFAULT_SETTINGS } from "../../../protocol/settings.ts";
import type { Env } from "../../env.ts";
import { rateLimit } from "../../rate-limit.ts";
import { devApp } from "../../storage/apps.ts";
import type { ChannelTrust } from "../../trust.ts";
import { readBody } from "../body.ts";
import { errorReply } from "../errors.ts";
import { openPlaced } from "../socket.ts";

/** Viewers of one crowd, and messages a second that they write. */
const VIEWERS_MAX = 2_000;
const MESSAGES_MAX = 200;
/** Let in at once. */
const AT_ONCE = 50;
const TICK_MS = 100;
const TICKS_PER_SECOND = 1_000 / TICK_MS;
const PING_MS = 60_000;
/** A reader says what it has before so much is under way. */
const ACK_CHARS = 32 * 1024;
const WORDS = ["Hello!", "So good", "👏👏👏", "Encore!", "来了来了", "666", "太好听了", "What a night", "❤️", "第一次来", "First time here", "哈哈哈哈"];
const LIKES_SHARE = 0.3;

/** Viewers with a socket each, who read all that is said in a room and write some of it. They go when nobody reads this answer any more. */
class Crowd {
  readonly #env: Env;
  readonly #app: string;
  readonly #room: string;
  readonly #sockets: { readonly socket: WebSocket; id: number }[] = [];
  #over = false;
  #said = 0;

  constructor(env: Env, app: string, room: string) {
    this.#env = env;
    this.#app = app;
    this.#room = room;
  }

  get size(): number {
    return this.#sockets.length;
  }

  get said(): number {
    return this.#said;
  }

  async enter(from: number, count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, n) => this.#one(`viewer-${from + n}`)));
  }

  say(): void {
    const viewer = this.#sockets[Math.floor(Math.random() * this.#sockets.length)];
    if (viewer === undefined) return;
    viewer.id += 1;
    this.#said += 1;
    const likes = Math.random() < LIKES_SHARE;
    const word = WORDS[Math.floor(Math.random() * WORDS.length)] ?? "";
    const content = likes ? { type: "custom", event: "like", params: { count: "1" } } : { type: "text", text: word };
    const input = { key: `crowd-${crypto.randomUUID()}`, content, priority: likes ? "low" : "normal" };
    viewer.socket.send(encodeFrame([{ type: "request", id: viewer.id, op: "room.send", input }]));
  }

  ping(): void {
    for (const { socket } of this.#sockets) socket.send("ping");
  }

  leave(): void {
    this.#over = true;
    for (const { socket } of this.#sockets.splice(0)) socket.close(1000, "the show is over");
  }

  async #one(user: string): Promise<void> {
    const channel = { type: "room", name: this.#room } as const;
    const trust: ChannelTrust = {
      app: this.#app,
      user,
      device: "crowd",
      generation: 1,
      channel,
      read: true,
      write: false,
      keepAliveMs: PING_MS,
      settings: DEFAULT_SETTINGS,
    };
    const opened = await openPlaced(this.#env, trust, {});
    const socket = opened instanceof Response ? opened.webSocket : null;
    if (socket === null || socket === undefined) return;
    socket.accept();
    if (this.#over) return socket.close(1000, "the show is over");
    const viewer = { socket, id: 0 };
    let unread = 0;
    socket.addEventListener("message", ({ data }) => {
      if (typeof data !== "string") return;
      unread += data.length;
      const upTo = unread < ACK_CHARS ? undefined : /"upTo":(\d+)/.exec(data)?.[1];
      if (upTo === undefined) return;
      unread = 0;
      socket.send(encodeFrame([{ type: "ack", stream: `channel:room:${this.#room}`, upTo: Number(upTo) }]));
    });
    socket.addEventListener("close", () => {
      const at = this.#sockets.indexOf(viewer);
      if (at >= 0) this.#sockets.splice(at, 1);
    });
    this.#sockets.push(viewer);
  }
}

/**
 * An audience for the demo of a live room, for as long as its answer is read: a line of JSON a second says how many they are.
 * It exists only where the development app does, which no deployment has.
 */
export const demoCrowd = new Hono<{ Bindings: Env }>().post("/demo/crowd", async (c) => {
  const app = devApp(c.env);
  if (app === undefined) return c.notFound();
  const tooOften = rateLimit(`crowd:${c.req.header("cf-connecting-ip") ?? ""}`, { kind: "anyone" }, "session", Date.now());
  if (tooOften !== undefined) return errorReply(tooOften);
  const body = await readBody(c.req.raw, { body: "json" });
  if (!body.ok) return errorReply(body.error);
  const { room, viewers, perSecond } = body.value;
  if (!isName(room)) return errorReply(wireError("bad_request", { field: "room" }));
  if (!isWithin(viewers, VIEWERS_MAX)) return errorReply(wireError("bad_request", { field: "viewers", limit: VIEWERS_MAX }));
  if (!isWithin(perSecond, MESSAGES_MAX)) return errorReply(wireError("bad_request", { field: "perSecond", limit: MESSAGES_MAX }));
  return new Response(show(new Crowd(c.env, app.id, room), viewers, perSecond), {
    headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" },
  });
});

function show(crowd: Crowd, viewers: number, perSecond: number): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setInterval> | undefined;
  let ticks = 0;
  let due = 0;
  let asked = 0;
  let entering = false;
  const enter = async (): Promise<void> => {
    entering = true;
    const count = Math.min(AT_ONCE, viewers - asked);
    asked += count;
    // Who does not get in is missing from the count.
    await crowd.enter(asked - count, count).catch(() => undefined);
    entering = false;
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => {
        ticks += 1;
        if (asked < viewers && !entering) void enter();
        for (due += perSecond / TICKS_PER_SECOND; due >= 1; due -= 1) crowd.say();
        if (ticks % TICKS_PER_SECOND === 0) controller.enqueue(encoder.encode(`${JSON.stringify({ viewers: crowd.size, said: crowd.said })}\n`));
        if (ticks % (PING_MS / TICK_MS) === 0) crowd.ping();
      }, TICK_MS);
    },
    cancel() {
      if (timer !== undefined) clearInterval(timer);
      crowd.leave();
    },
  });
}

const isWithin = (value: unknown, max: number): value is number => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= max;
