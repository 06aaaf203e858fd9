import type { Scheduler } from "./scheduler.ts";

export type Frame = string | ArrayBuffer;

/** One side of a connection. */
export interface End {
  message(frame: Frame): void;
  /** The other side's close frame. */
  closing(code: number, reason: string): void;
  /** The connection is gone without one. */
  dropped(): void;
}

interface Way {
  /** When the last frame arrives: order is kept. */
  lastAt: number;
  /** What goes in does not come out, and nobody is told. */
  black: boolean;
  bytesPerMs: number;
}

/** What both ways of all connections are like just now. */
export interface Weather {
  /** Ms that a frame takes. */
  delay(): number;
}

/** What comes after something comes at a later moment: those of one moment have no order. */
export const AFTER_MS = 0.001;

const QUEUE_MS = 2_000;

const newWay = (): Way => ({ lastAt: 0, black: false, bytesPerMs: Number.POSITIVE_INFINITY });

/** A connection from a client to the service: in order both ways, until it breaks. */
export class Link {
  readonly name: string;
  readonly #scheduler: Scheduler;
  readonly #weather: Weather;
  readonly #ways = { up: newWay(), down: newWay() };
  #ends: { client: End | undefined; server: End | undefined };
  #dead = false;

  constructor(name: string, scheduler: Scheduler, weather: Weather, client: End) {
    this.name = name;
    this.#scheduler = scheduler;
    this.#weather = weather;
    this.#ends = { client, server: undefined };
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** The upgrade has been answered. */
  attach(server: End): void {
    this.#ends.server = server;
    if (this.#dead) server.dropped();
  }

  up(frame: Frame): void {
    this.#post("up", sizeOf(frame), "frame", () => this.#ends.server?.message(frame));
  }

  down(frame: Frame): void {
    this.#post("down", sizeOf(frame), "frame", () => this.#ends.client?.message(frame));
  }

  closeUp(code: number, reason: string): void {
    this.#post("up", 0, `close ${code}`, () => this.#ends.server?.closing(code, reason));
  }

  closeDown(code: number, reason: string): void {
    this.#post("down", 0, `close ${code}`, () => this.#ends.client?.closing(code, reason));
  }

  /** Anything else that takes its place in the order. */
  inTurn(way: "up" | "down", label: string, arrive: () => void): void {
    this.#post(way, 0, label, arrive);
  }

  /** Both sides have said goodbye. */
  done(): void {
    this.#dead = true;
  }

  /** Breaks it: what is under way is lost, and each side learns of it after so many ms, or never. */
  cut(client: number | undefined, server: number | undefined): void {
    if (this.#dead) return;
    this.#dead = true;
    if (client !== undefined) this.#scheduler.after(client, `${this.name} dropped at the client`, () => this.#ends.client?.dropped());
    if (server !== undefined) this.#scheduler.after(server, `${this.name} dropped at the server`, () => this.#ends.server?.dropped());
  }

  /** Half open: frames of this way are swallowed from now on. */
  blacken(way: "up" | "down"): void {
    this.#ways[way].black = true;
  }

  /** Nothing arrives for so long; then all of it, in order. */
  stall(way: "up" | "down", ms: number): void {
    this.#ways[way].lastAt = Math.max(this.#ways[way].lastAt, this.#scheduler.now + ms);
  }

  /** A reader that takes so little at a time. */
  slow(way: "up" | "down", bytesPerMs: number): void {
    this.#ways[way].bytesPerMs = bytesPerMs;
  }

  /** Whole again. One that swallowed something, or has a queue that would take minutes, is gone. */
  heal(): void {
    const { up, down } = this.#ways;
    if (up.black || down.black || Math.max(up.lastAt, down.lastAt) > this.#scheduler.now + QUEUE_MS) return this.cut(0, 0);
    this.#ways.up.bytesPerMs = Number.POSITIVE_INFINITY;
    this.#ways.down.bytesPerMs = Number.POSITIVE_INFINITY;
  }

  #post(to: "up" | "down", bytes: number, label: string, arrive: () => void): void {
    const way = this.#ways[to];
    if (this.#dead) return;
    const { now } = this.#scheduler;
    way.lastAt = Math.max(way.lastAt + AFTER_MS, now + this.#weather.delay()) + bytes / way.bytesPerMs;
    this.#scheduler.after(way.lastAt - now, `${this.name} ${to} ${label}`, () => {
      if (!this.#dead && !way.black) arrive();
    });
  }
}

const sizeOf = (frame: Frame): number => (typeof frame === "string" ? frame.length : frame.byteLength);
