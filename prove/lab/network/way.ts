import type { Socket } from "node:net";
import type { ProxyConditions } from "../conditions.ts";
import { Line, pieceBytes, underWayBytes } from "./line.ts";

interface Piece {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** Carries what one socket says to another, as the conditions allow. Reads no more than may be under way: the rest waits at the sender. */
export class Way {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #random: () => number;
  readonly #line = new Line();
  readonly #queue: Piece[] = [];
  #underWay = 0;
  #conditions: ProxyConditions = {};
  #held = false;
  /** The sink takes no more for now. */
  #full = false;
  /** How the source ended, once it has; told when all before it has arrived. */
  #end: "end" | "reset" | undefined;
  #endAt = 0;
  #told = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: Socket, sink: Socket, random: () => number) {
    this.#source = source;
    this.#sink = sink;
    this.#random = random;
    source.on("data", (chunk: Uint8Array) => this.#take(chunk));
    source.on("end", () => this.#ended("end"));
    source.on("close", (failed) => (failed || this.#end === undefined) && this.#ended("reset"));
    sink.on("drain", () => {
      this.#full = false;
      this.#carry();
    });
  }

  set(conditions: ProxyConditions, held: boolean): void {
    this.#conditions = conditions;
    this.#held = held;
    this.#carry();
  }

  /** What is under way is lost. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #take(chunk: Uint8Array): void {
    const size = Math.min(pieceBytes(this.#conditions), chunk.byteLength);
    for (let from = 0; from < chunk.byteLength; from += size) {
      const bytes = chunk.subarray(from, from + size);
      this.#queue.push({ bytes, at: this.#arrival(bytes.byteLength) });
    }
    this.#underWay += chunk.byteLength;
    this.#carry();
  }

  #ended(how: "end" | "reset"): void {
    this.#end = how;
    this.#told = false;
    this.#endAt = this.#arrival(0);
    this.#carry();
  }

  #arrival(bytes: number): number {
    return this.#line.arrival(bytes, performance.now(), this.#conditions, this.#random);
  }

  /** Hands over what is due, and comes back for what is not. */
  #carry(): void {
    clearTimeout(this.#timer);
    while (!this.#held && !this.#full) {
      const next = this.#queue[0];
      const at = next?.at ?? (this.#end === undefined ? undefined : this.#endAt);
      if (at === undefined || this.#told) break;
      const waitMs = at - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#carry(), waitMs);
        break;
      }
      if (next === undefined) this.#tellEnd();
      else this.#hand(next);
    }
    if (this.#held || this.#underWay >= underWayBytes(this.#conditions)) this.#source.pause();
    else this.#source.resume();
  }

  #hand({ bytes }: Piece): void {
    this.#queue.shift();
    this.#underWay -= bytes.byteLength;
    if (this.#sink.writable) this.#full = !this.#sink.write(bytes);
  }

  #tellEnd(): void {
    this.#told = true;
    if (this.#end === "end") this.#sink.end();
    else if (!this.#sink.destroyed) this.#sink.resetAndDestroy();
  }
}
