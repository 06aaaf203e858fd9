import { encodeFrame } from "../../../protocol/frame.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { sendFrame } from "../shell/sockets.ts";

/** Answers to publishes: small, and many at once where many are refused or left out. Those of one turn go in one frame. */
export class JoinedAnswers {
  readonly #bySocket = new Map<WebSocket, object[]>();

  add(socket: WebSocket, answer: object): void {
    if (this.#bySocket.size === 0) queueMicrotask(() => this.flush());
    const waiting = this.#bySocket.get(socket);
    if (waiting === undefined) this.#bySocket.set(socket, [answer]);
    else waiting.push(answer);
  }

  /** Before a socket is closed, too. */
  flush(): void {
    for (const [socket, answers] of this.#bySocket) {
      for (let at = 0; at < answers.length; at += LIMITS.frameMessages) sendFrame(socket, encodeFrame(answers.slice(at, at + LIMITS.frameMessages)));
    }
    this.#bySocket.clear();
  }
}
