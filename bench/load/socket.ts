import { WebSocket } from "ws";

const OPEN_MS_MAX = 20_000;

/** A raw client socket, with nothing on it that would cost the load generator. */
export function openSocket(url: string, protocols: string[] = []): WebSocket {
  return new WebSocket(url, protocols, { perMessageDeflate: false, skipUTF8Validation: true, handshakeTimeout: OPEN_MS_MAX });
}

/** Ends the run when a socket fails or ends that should live; one that may be closed by the server tells `onClosed` instead. */
export function mustStayOpen(socket: WebSocket, who: string, closing: () => boolean, onClosed?: () => void): void {
  const fail = (why: string): void => {
    if (closing()) return;
    if (onClosed === undefined) throw new Error(`${who}: ${why}`);
    onClosed();
  };
  socket.on("error", (error) => {
    if (onClosed === undefined) fail(error.message);
  });
  socket.on("close", (code, reason) => fail(`closed with ${code} ${reason.toString()}`));
}

export const opened = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => {
    socket.once("open", () => resolve());
  });

/** What `ws` hands over by default; anything else would be a mistake of ours. */
export function asBuffer(data: Buffer | ArrayBuffer | Buffer[] | string): Buffer {
  if (typeof data === "string" || Array.isArray(data) || data instanceof ArrayBuffer) throw new Error("expected a Buffer from the socket");
  return data;
}
