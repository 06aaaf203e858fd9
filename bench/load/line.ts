import type { WebSocket } from "ws";
import type { Connection, Target } from "./adapter.ts";
import { mustStayOpen } from "./socket.ts";

export interface LineOptions {
  readonly target: Target;
  /** The run is over: sockets may close. */
  readonly closing: () => boolean;
  open(): WebSocket;
  /** Listens; resolves when whatever is published from now on reaches the client. */
  join(socket: WebSocket): Promise<void>;
  send(socket: WebSocket, payload: string): void;
}

/** A client whose whole connection is one socket, which may be lost and opened again. */
export class Line implements Connection {
  readonly #options: LineOptions;
  #socket: WebSocket | undefined;

  private constructor(options: LineOptions) {
    this.#options = options;
  }

  static async open(options: LineOptions): Promise<Line> {
    const line = new Line(options);
    await line.reconnect();
    return line;
  }

  send(payload: string): void {
    if (this.#socket === undefined) throw new Error(`client ${this.#options.target.index} has no socket`);
    this.#options.send(this.#socket, payload);
  }

  drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  async reconnect(): Promise<void> {
    const { target, closing, open, join } = this.#options;
    const socket = open();
    this.#socket = socket;
    mustStayOpen(socket, `client ${target.index} in ${target.name}`, () => closing() || this.#socket !== socket, target.onClosed);
    await join(socket);
  }

  leave(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    return new Promise((resolve) => {
      socket?.once("close", () => resolve());
      socket?.close(1000);
    });
  }

  rejoin(): Promise<void> {
    return this.reconnect();
  }

  pause(): void {
    this.#socket?.pause();
  }

  unpause(): void {
    this.#socket?.resume();
  }
}
