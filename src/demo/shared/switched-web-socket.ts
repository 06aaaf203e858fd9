import type { Socket, SocketEvents, WebSocketConstructor, WebSocketLike } from "../../client/index.ts";
import type { NetworkSwitch } from "./network-switch.ts";

/** A WebSocket over a network with a switch, for programs that choose the class of their sockets but not how they travel. */
export function switchedWebSocket(network: NetworkSwitch): WebSocketConstructor {
  return class extends SwitchedWebSocket {
    constructor(url: string, protocols: string[]) {
      super((events) => network.open(url, protocols, events));
    }
  };
}

/** As much of a socket as the client uses, over a network that can be switched off. */
class SwitchedWebSocket implements WebSocketLike {
  binaryType = "arraybuffer";
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly #socket: Socket;

  constructor(open: (events: SocketEvents) => Socket) {
    this.#socket = open({
      opened: () => this.onopen?.({} as never),
      message: (data) => this.onmessage?.({ data } as never),
      closed: (code, reason) => this.onclose?.({ code, reason } as never),
    });
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  close(code = 1000, reason = ""): void {
    this.#socket.close(code, reason);
  }
}
