import type { Inbox } from "../../../domain/user/inbox.ts";
import { messageBytes } from "../../../domain/user/peer-message.ts";
import { encodeFrame, type Frame } from "../../../protocol/frame.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { Message } from "../../../protocol/messages/message.ts";
import type { DeviceId } from "../../../protocol/names.ts";
import { sendFrame } from "../shell/sockets.ts";
import type { Home } from "./home.ts";

/** JSON takes six bytes for a control character, so a frame of this much payload stays below the frame limit. */
const FRAME_PAYLOAD_BYTES = LIMITS.frameBytes / 8;
/** Sizes in the inbox are those of the JSON. */
const INBOX_FRAME_BYTES = LIMITS.frameBytes / 4;

/** Peer messages of one batch, in as few frames as fit. What several devices get alike is serialised once. */
export function pushAll({ sessions }: Home, pushes: ReadonlyMap<DeviceId, readonly Message[]>): void {
  let last: { readonly messages: readonly Message[]; readonly texts?: readonly string[]; readonly frames?: readonly Frame[] } | undefined;
  for (const [device, messages] of pushes) {
    if (last === undefined || !sameList(last.messages, messages)) {
      const isText = messages.every(({ data }) => typeof data === "string");
      last = isText ? { messages, texts: messages.map(textOf) } : { messages, frames: framesOf(messages) };
    }
    // Bytes need a frame of their own kind.
    for (const frame of last.frames ?? []) sessions.sendFrame(device, frame);
    for (const text of last.texts ?? []) sessions.post(device, text);
  }
}

const textOf = (message: Message): string => JSON.stringify({ type: "message", ...message });
const sameList = (a: readonly Message[], b: readonly Message[]): boolean => a.length === b.length && a.every((message, index) => message === b[index]);

function framesOf(messages: readonly Message[]): Frame[] {
  const frames: Frame[] = [];
  let frame: object[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = messageBytes(message);
    if (frame.length > 0 && (bytes + size > FRAME_PAYLOAD_BYTES || frame.length >= LIMITS.frameMessages)) {
      frames.push(encodeFrame(frame));
      [frame, bytes] = [[], 0];
    }
    frame.push({ type: "message", ...message });
    bytes += size;
  }
  if (frame.length > 0) frames.push(encodeFrame(frame));
  return frames;
}

/** Sends what waits, up to what a slow reader may have outstanding; its acknowledgements bring the rest. */
export function pump(home: Home, inbox: Inbox, device: DeviceId): void {
  const socket = home.sessions.socket(device);
  const session = socket === undefined ? undefined : home.sessions.of(socket);
  if (socket === undefined || session === undefined || inbox.isClear(device)) return;
  let sent = session.sent;
  // What was pushed before comes before what has waited.
  home.sessions.flush(device);
  while (inbox.outstanding(device, sent) < LIMITS.slowReaderBytes) {
    const frame = inbox.next(device, sent, INBOX_FRAME_BYTES);
    if (frame === undefined || !sendFrame(socket, encodeFrame([frame]))) break;
    sent = frame.upTo;
  }
  if (sent !== session.sent) home.sessions.save(socket, { ...session, sent });
}
