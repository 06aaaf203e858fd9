import { type Actor, runAs } from "./actor.ts";
import type { Program } from "./bundle.ts";
import { CALM, type Conditions } from "./conditions.ts";
import { Database } from "./database.ts";
import { type End, Link } from "./link.ts";
import { Network } from "./network.ts";
import { type ObjectClass, ObjectHost } from "./object-host.ts";
import type { Scheduler } from "./scheduler.ts";
import { SimulatedResponse, SimulatedWebSocket } from "./sockets.ts";
import { simulatedWorld } from "./world.ts";

/** Bindings of the Worker, by the classes of their objects. */
const CLASSES = {
  USER: "UserObject",
  CHANNEL: "ChannelObject",
  LEAF: "LeafObject",
  GROUP_LEAF: "GroupLeafObject",
  CALL: "CallObject",
  SETTINGS: "SettingsObject",
  EVENTS: "EventsObject",
  CONVERSATION: "ConversationObject",
  DIRECTORY: "DirectoryObject",
} as const;

export interface PlatformOptions {
  readonly scheduler: Scheduler;
  readonly server: Program;
  /** Text bindings. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What an uncaught error of the product was, and where. */
export interface Thrown {
  readonly at: number;
  readonly where: string;
  readonly error: unknown;
}

interface Isolate extends Actor {
  alive: boolean;
  readonly exports: Record<string, unknown>;
}

type Fetch = (request: Request, env: object, context: object) => Promise<Response>;

/** The service in one process: the entry Worker, all objects, D1, and the ways between them and to the clients. */
export class Platform {
  readonly conditions: Conditions = { ...CALM };
  readonly thrown: Thrown[] = [];
  readonly logged: string[] = [];
  readonly network: Network;
  readonly database: Database;
  readonly links = new Set<Link>();
  readonly #options: PlatformOptions;
  readonly #env: object;
  readonly #hosts = new Map<string, ObjectHost>();
  readonly #random: () => number;
  readonly #asked = new Set<() => void>();
  #isolate: Isolate;
  /** Until then nobody answers. */
  #downUntil = 0;
  #opened = 0;
  #boots = 0;

  constructor(options: PlatformOptions) {
    this.#options = options;
    const { scheduler } = options;
    this.#random = scheduler.stream("platform");
    const shared = { scheduler, conditions: this.conditions };
    this.network = new Network({ ...shared, random: scheduler.stream("network"), host: (className, name) => this.host(className, name) });
    this.database = new Database({ ...shared, random: scheduler.stream("database") });
    const namespaces = Object.fromEntries(Object.entries(CLASSES).map(([binding, className]) => [binding, this.network.namespace(className)]));
    this.#env = { ...options.variables, ...namespaces, DB: this.database };
    this.#isolate = this.#boot();
  }

  get hosts(): readonly ObjectHost[] {
    return [...this.#hosts.values()];
  }

  host(className: string, name: string): ObjectHost {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const { scheduler } = this.#options;
    const made = new ObjectHost(name, {
      scheduler,
      conditions: this.conditions,
      env: this.#env,
      random: scheduler.stream(`object ${name}`),
      classOf: () => this.#isolate.exports[className] as ObjectClass,
      thrown: (where, error) => this.#threw(where, error),
    });
    this.#hosts.set(name, made);
    return made;
  }

  /** A client opens a socket. */
  open(url: string, protocols: readonly string[], end: End & { opened(): void }): Link {
    const { scheduler } = this.#options;
    const name = `link ${++this.#opened}`;
    const link: Link = new Link(name, scheduler, { delay: () => this.network.delay() }, end);
    this.links.add(link);
    const headers = { upgrade: "websocket", "sec-websocket-protocol": protocols.join(", ") };
    const request = new Request(url.replace(/^ws/, "http"), { headers });
    link.inTurn("up", `opens ${new URL(url).pathname}`, () => {
      this.#answer(request).then(
        (response) => this.#upgraded(link, response, end),
        () => link.cut(0, undefined),
      );
    });
    return link;
  }

  /** An HTTP request from outside. */
  fetch(request: Request): Promise<Response> {
    const { scheduler } = this.#options;
    return new Promise((resolve, reject) => {
      const lost = (): void => reject(new TypeError("fetch failed"));
      scheduler.after(this.network.delay(), `${request.method} ${new URL(request.url).pathname}`, () => {
        // Whoever waits when the process dies hears that it failed.
        this.#asked.add(lost);
        this.#answer(request).then(
          (response) => this.#asked.delete(lost) && scheduler.after(this.network.delay(), "answered", () => resolve(response)),
          () => this.#asked.delete(lost) && scheduler.after(this.network.delay(), "failed", lost),
        );
      });
    });
  }

  /** The process dies, and another one starts on its storage. */
  crash(downMs: number): void {
    const { scheduler } = this.#options;
    this.#isolate.alive = false;
    for (const host of this.#hosts.values()) host.crash();
    for (const link of this.links) link.cut(this.#random() * 100, undefined);
    this.links.clear();
    for (const lost of this.#asked) lost();
    this.#asked.clear();
    this.#downUntil = scheduler.now + downMs;
    this.#isolate = this.#boot();
    scheduler.note("the process died");
  }

  /** Connections that have ended are forgotten. */
  liveLinks(): Link[] {
    for (const link of this.links) if (link.isDead) this.links.delete(link);
    return [...this.links];
  }

  close(): void {
    this.#isolate.alive = false;
    for (const host of this.#hosts.values()) host.close();
    this.database.close();
  }

  #boot(): Isolate {
    const { scheduler, server } = this.#options;
    const isolate: Isolate = { name: "worker", alive: true, skewMs: 0, output: (leave) => void (isolate.alive && leave()), busy: () => {}, exports: {} };
    // Chance does not begin anew with a process.
    const world = simulatedWorld({
      scheduler,
      name: `server ${++this.#boots}`,
      thrown: (where, error) => this.#threw(where, error),
      log: (line) => void this.logged.push(line),
    });
    Object.assign(isolate.exports, server(world, { "cloudflare:workers": { DurableObject } }));
    return isolate;
  }

  #answer(request: Request): Promise<Response> {
    const { scheduler } = this.#options;
    if (scheduler.now < this.#downUntil) return Promise.reject(new TypeError("connection refused"));
    const isolate = this.#isolate;
    const { fetch } = isolate.exports.default as { fetch: Fetch };
    const context = { waitUntil: (work: Promise<unknown>) => void work.catch((error: unknown) => this.#threw("worker waitUntil", error)) };
    return runAs(isolate, () => fetch(request, this.#env, context));
  }

  #upgraded(link: Link, response: Response, end: { opened(): void }): void {
    const held = response instanceof SimulatedResponse ? response.webSocket : undefined;
    if (held === undefined) return link.cut(0, undefined);
    const socket = SimulatedWebSocket.socketOf(held);
    if (link.isDead) return socket.abandon();
    link.inTurn("down", "opened", () => end.opened());
    socket.attach(link);
  }

  #threw(where: string, error: unknown): void {
    this.thrown.push({ at: this.#options.scheduler.now, where, error });
  }
}

/** What `cloudflare:workers` gives. */
class DurableObject {
  readonly ctx: object;
  readonly env: object;

  constructor(ctx: object, env: object) {
    this.ctx = ctx;
    this.env = env;
  }
}
