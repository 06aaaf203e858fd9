import { CLOSE, sendableCloseCode } from "../../../protocol/close-codes.ts";
import type { Frame } from "../../../protocol/frame.ts";
import { SUBPROTOCOL } from "../../../protocol/version.ts";
import { assert } from "../../../util/assert.ts";
import { encodeUtf8 } from "../../../util/text.ts";

/** What a hibernating socket keeps, as JSON. The platform takes 16 KB; small ones wake faster, and a million of them fit. */
const ATTACHMENT_BYTES = 512;
/** RFC 6455 section 5.5: a control frame has 125 bytes, two of them the code. */
const REASON_BYTES = 123;

/** Lets the platform answer `ping` without waking the object. Call it in the constructor. */
export function answerPings(ctx: DurableObjectState): void {
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
}

/** Takes an upgrade: the hibernatable server end, and the 101 to return, with the sub-protocol echoed. */
export function acceptUpgrade(ctx: DurableObjectState, tags: string[], attachment: object): { socket: WebSocket; response: Response } {
  const { 0: client, 1: socket } = new WebSocketPair();
  ctx.acceptWebSocket(socket, tags);
  writeAttachment(socket, attachment);
  const headers = { "sec-websocket-protocol": SUBPROTOCOL };
  return { socket, response: new Response(null, { status: 101, webSocket: client, headers }) };
}

/** A browser learns why it was refused only from a close frame, so a refusal is accepted and closed. */
export function refuseUpgrade(close: { readonly code: number; readonly reason: string }): Response {
  const { 0: client, 1: socket } = new WebSocketPair();
  socket.accept();
  socket.close(close.code, close.reason);
  return new Response(null, { status: 101, webSocket: client, headers: { "sec-websocket-protocol": SUBPROTOCOL } });
}

/** Replaces what the socket keeps. Bounded lists only: what may grow belongs into SQL. */
export function writeAttachment(socket: WebSocket, attachment: object): void {
  const bytes = JSON.stringify(attachment).length;
  assert(bytes <= ATTACHMENT_BYTES, `an attachment of ${bytes} bytes`);
  socket.serializeAttachment(attachment);
}

/** Open sockets only: the platform still lists those that are closing. */
export function openSockets(ctx: DurableObjectState, tag?: string): WebSocket[] {
  return ctx.getWebSockets(tag).filter((socket) => socket.readyState === WebSocket.OPEN);
}

/** False when the socket is gone: its close event follows, nobody else notices. */
export function sendFrame(socket: WebSocket, frame: Frame): boolean {
  try {
    socket.send(frame);
    return true;
  } catch {
    return false;
  }
}

/** Closes, or does nothing where the socket is closed already. Answers a peer's close, too, which the platform does not. */
export function closeSocket(socket: WebSocket, close: { readonly code: number; readonly reason: string } = CLOSE.goAway): void {
  try {
    socket.close(sendableCloseCode(close.code), fitReason(close.reason));
  } catch {
    // Closed already.
  }
}

function fitReason(reason: string): string {
  let fits = reason;
  while (encodeUtf8(fits).byteLength > REASON_BYTES) fits = fits.slice(0, -1);
  return fits;
}

/** When the platform last answered this socket's ping, unix ms. */
export function lastPing(ctx: DurableObjectState, socket: WebSocket): number | undefined {
  return ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime();
}
