import { type Socket, type SocketEvents, type WebSocketConstructor, type WebSocketLike, webSocketTransport } from "../../client/index.ts";
import { NetworkSwitch } from "./network-switch.ts";

/**
 * Puts a switch before the page's own `WebSocket`, for programs that are not asked how their sockets are made.
 * Has to be called before the first socket is opened.
 */
export function switchNetwork(scope: { WebSocket: unknown } = globalThis, Real: WebSocketConstructor = WebSocket): NetworkSwitch {
  const network = new NetworkSwitch(webSocketTransport(Real));
  scope.WebSocket = class extends SwitchedWebSocket {
    constructor(url: string, protocols: string[] = []) {
      super((events) => network.open(url, protocols, events));
    }
  };
  return network;
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
