import type { WebSocket } from "ws";

/** Sends what is said within one tick as one frame, as the SDK does. */
export class Outbox {
  readonly #socket: WebSocket;
  #messages: string[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  /** `message` is JSON already. */
  add(message: string): void {
    if (this.#messages.push(message) === 1) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const messages = this.#messages;
    this.#messages = [];
    this.#socket.send(messages.length === 1 && messages[0] !== undefined ? messages[0] : `[${messages.join(",")}]`);
  }
}
