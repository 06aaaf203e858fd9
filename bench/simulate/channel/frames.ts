import type { Frame } from "../../../src/protocol/frame.ts";
import type { Priority } from "../../../src/protocol/priority.ts";

/** A message of the simulation says when, and where, its publisher sent it. */
export interface Sent {
  readonly at: number;
  readonly region: number;
  readonly priority: Priority;
}

/** As benchmark payloads: 128 bytes. In a room id, key and content's type stand around it. */
const PAYLOAD_BYTES = 128;
const ROOM_PAYLOAD_BYTES = 220;

export const encodeSent = ({ at, region, priority }: Sent, isRoom: boolean): string =>
  `${at.toFixed(3)}:${region}:${priority}:`.padEnd(isRoom ? ROOM_PAYLOAD_BYTES : PAYLOAD_BYTES, "x");

function decodeSent(data: string): Sent {
  const [at = "", region = "", priority] = data.split(":", 3);
  return { at: Number(at), region: Number(region), priority: priority as Priority };
}

/** A frame as its readers see it. */
export interface Content {
  readonly after: number;
  readonly upTo: number;
  readonly messages: readonly Sent[];
  readonly goaway?: { readonly retryAfterMs: number };
}

const EMPTY: Content = { after: -1, upTo: -1, messages: [] };

/** Thousands of members get one frame: it is read once. */
export class FrameReader {
  #frame: Frame | undefined;
  #content: Content = EMPTY;

  read(frame: Frame): Content {
    if (frame === this.#frame) return this.#content;
    this.#frame = frame;
    this.#content = decode(frame);
    return this.#content;
  }
}

function decode(frame: Frame): Content {
  if (typeof frame !== "string") throw new Error("the simulation publishes text only");
  const parsed: unknown = JSON.parse(frame);
  let content = EMPTY;
  for (const message of (Array.isArray(parsed) ? parsed : [parsed]) as Record<string, unknown>[]) {
    if (message.type === "goaway") content = { ...content, goaway: { retryAfterMs: Number(message.retryAfterMs) } };
    if (message.type !== "events") continue;
    const items = message.items as { readonly data: string }[];
    content = { ...content, after: Number(message.after), upTo: Number(message.upTo), messages: items.map(({ data }) => decodeSent(data)) };
  }
  return content;
}
