import { sendableCloseCode } from "../protocol/close-codes.ts";
import type { Frame } from "../protocol/frame.ts";

/** How frames travel. One method, so that tests and other platforms bring their own. */
export interface Transport {
  open(url: string, protocols: readonly string[], events: SocketEvents): Socket;
}

export interface Socket {
  send(frame: Frame): void;
  close(code: number, reason: string): void;
}

export interface SocketEvents {
  opened(): void;
  message(frame: string | ArrayBuffer): void;
  /** Once, also when the socket could not be opened. */
  closed(code: number, reason: string): void;
}

/** As much of the standard WebSocket as is needed; the `ws` package has it, too. */
export interface WebSocketLike {
  binaryType: string;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(data: Frame): void;
  close(code?: number, reason?: string): void;
}
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

export function webSocketTransport(WebSocket: WebSocketConstructor): Transport {
  return {
    open(url, protocols, events) {
      const socket = new WebSocket(url, [...protocols]);
      socket.binaryType = "arraybuffer";
      socket.onopen = () => events.opened();
      socket.onmessage = (event: { data: string | ArrayBuffer }) => events.message(event.data);
      socket.onclose = (event: { code: number; reason: string }) => events.closed(event.code, event.reason);
      // A close always follows; Node's `ws` would throw without a listener.
      socket.onerror = () => {};
      return {
        send: (frame) => socket.send(frame),
        close: (code, reason) => socket.close(sendableCloseCode(code), reason),
      };
    },
  };
}
