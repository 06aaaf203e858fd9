import { connect, type Socket } from "node:net";
import type { ProxyConditions } from "../conditions.ts";
import { Way } from "./way.ts";

/** Whoever has been told the end and does not end by himself is let go after this. */
const LINGER_MS = 2_000;

/** A client's connection and its counterpart at the server. */
export class Connection {
  readonly #near: Socket;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #random: () => number;
  readonly #closed: () => void;
  #far: Socket | undefined;
  #ways: { readonly up: Way; readonly down: Way } | undefined;
  #conditions: ProxyConditions = {};
  #timer: NodeJS.Timeout | undefined;

  /** `closed`: both sides are gone. */
  constructor(near: Socket, target: { host: string; port: number }, random: () => number, closed: () => void) {
    this.#near = near;
    this.#target = target;
    this.#random = random;
    this.#closed = closed;
    near.pause();
    near.setNoDelay(true);
    near.on("error", () => {}).on("close", () => this.#gone());
  }

  set(conditions: ProxyConditions): void {
    this.#conditions = conditions;
    clearTimeout(this.#timer);
    if (conditions.resetAfterMs !== undefined) this.#timer = setTimeout(() => this.cut("reset"), conditions.resetAfterMs);
    // A server hears nothing of a client whose handshake does not get through.
    if (this.#far === undefined && conditions.blackhole === undefined && !this.#near.destroyed) this.#dial();
    this.#apply();
  }

  cut(how: "reset" | "end"): void {
    clearTimeout(this.#timer);
    this.#ways?.up.stop();
    this.#ways?.down.stop();
    for (const socket of [this.#near, this.#far]) {
      if (socket === undefined || socket.destroyed) continue;
      if (how === "reset") socket.resetAndDestroy();
      else {
        socket.end();
        socket.resume();
        setTimeout(() => socket.destroy(), LINGER_MS).unref();
      }
    }
  }

  #dial(): void {
    const far = connect({ ...this.#target, noDelay: true, allowHalfOpen: true });
    this.#far = far;
    far.on("error", () => {}).on("close", () => this.#gone());
    this.#ways = { up: new Way(this.#near, far, this.#random), down: new Way(far, this.#near, this.#random) };
  }

  #apply(): void {
    const { blackhole } = this.#conditions;
    this.#ways?.up.set(this.#conditions, blackhole === "up" || blackhole === "both");
    this.#ways?.down.set(this.#conditions, blackhole === "down" || blackhole === "both");
  }

  #gone(): void {
    if (!this.#near.destroyed || this.#far?.destroyed === false) return;
    clearTimeout(this.#timer);
    this.#ways?.up.stop();
    this.#ways?.down.stop();
    this.#closed();
  }
}
