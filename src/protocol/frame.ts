import { err, ok, type Result } from "../util/result.ts";
import { decodeUtf8, encodeUtf8, utf8Bytes } from "../util/text.ts";
import type { WireError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * A frame is one message as JSON text, or an array of them. If any carries bytes, the frame is a binary message:
 * 4-byte big-endian length of the JSON header, the header, the payloads in order. In the header a payload stands as
 * `bin`, its length; decoded, it stands as `data`.
 */
export type Frame = string | Uint8Array<ArrayBuffer>;

const HEADER_LENGTH_BYTES = 4;

/** Objects in which a payload may stand: a request's input, the messages of a reply, an event frame's items, a message itself. */
function holders(message: Record<string, unknown>): Record<string, unknown>[] {
  const inner = innerOf(message);
  return Array.isArray(inner) ? inner.filter(isRecord) : [];
}

function innerOf(message: Record<string, unknown>): unknown {
  switch (message.type) {
    case "request":
      return [message.input];
    case "events":
      return message.items;
    case "reply":
      return isRecord(message.ok) ? message.ok.messages : undefined;
    default:
      return [message];
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** Serialises messages whose payloads, if binary, stand as `data: Uint8Array`. */
export function encodeFrame(messages: readonly object[]): Frame {
  const payloads: Uint8Array[] = [];
  // The replacer would see every key; swapping the few holders first keeps stringify on its fast path.
  const plain = messages.map((message) => withoutBytes(message as Record<string, unknown>, payloads));
  const text = JSON.stringify(plain.length === 1 ? plain[0] : plain);
  return payloads.length === 0 ? text : joinBinary(text, payloads);
}

function withoutBytes(message: Record<string, unknown>, payloads: Uint8Array[]): Record<string, unknown> {
  const swap = (holder: unknown): unknown => {
    if (!isRecord(holder) || !(holder.data instanceof Uint8Array)) return holder;
    const { data, ...rest } = holder;
    payloads.push(data as Uint8Array);
    return { ...rest, bin: (data as Uint8Array).byteLength };
  };
  if (message.type === "request") return { ...message, input: swap(message.input) };
  if (message.type === "events") return { ...message, items: (message.items as unknown[]).map(swap) };
  if (message.type === "reply") {
    if (!isRecord(message.ok) || !Array.isArray(message.ok.messages)) return message;
    return { ...message, ok: { ...message.ok, messages: message.ok.messages.map(swap) } };
  }
  return swap(message) as Record<string, unknown>;
}

/** Builds a binary frame from an already serialised header. */
export function joinBinary(header: string, payloads: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const head = encodeUtf8(header);
  const total = payloads.reduce((sum, payload) => sum + payload.byteLength, HEADER_LENGTH_BYTES + head.byteLength);
  const frame = new Uint8Array(total);
  new DataView(frame.buffer).setUint32(0, head.byteLength);
  frame.set(head, HEADER_LENGTH_BYTES);
  let at = HEADER_LENGTH_BYTES + head.byteLength;
  for (const payload of payloads) {
    frame.set(payload, at);
    at += payload.byteLength;
  }
  return frame;
}

/** The messages of a frame, each a plain object of unknown content; the caller checks them against their schemas. */
export function decodeFrame(frame: string | ArrayBuffer): Result<Record<string, unknown>[], WireError> {
  return typeof frame === "string" ? decodeText(frame) : decodeBinary(frame);
}

// Without the catalogue, whose words no client needs.
const badFrame = (message: string) => err<WireError>({ code: "bad_frame", message, retry: "never" });
const tooLarge = (limit: number = LIMITS.frameBytes, what = "bytes") =>
  err<WireError>({ code: "too_large", message: `a frame has at most ${limit} ${what}`, retry: "never", field: "frame", limit });

function decodeText(text: string): Result<Record<string, unknown>[], WireError> {
  // Length in UTF-16 units is a lower bound of the bytes; the exact count is only worth it near the limit.
  if (text.length > LIMITS.frameBytes || (text.length * 3 > LIMITS.frameBytes && utf8Bytes(text) > LIMITS.frameBytes)) return tooLarge();
  const messages = parseMessages(text);
  // Most frames cannot hold the word, however it is escaped: to look into each message costs as much as to parse it.
  if (!messages.ok || !/bin"|\\u/.test(text)) return messages;
  for (const message of messages.value) {
    for (const holder of holders(message)) {
      if ("bin" in holder) return badFrame("`bin` needs a binary frame");
    }
  }
  return messages;
}

function decodeBinary(buffer: ArrayBuffer): Result<Record<string, unknown>[], WireError> {
  if (buffer.byteLength > LIMITS.frameBytes) return tooLarge();
  if (buffer.byteLength < HEADER_LENGTH_BYTES) return badFrame("a binary frame starts with the 4-byte length of its header");
  const headBytes = new DataView(buffer).getUint32(0);
  let at = HEADER_LENGTH_BYTES + headBytes;
  if (at > buffer.byteLength) return badFrame("the header is longer than the frame");
  let text: string;
  try {
    text = decodeUtf8(new Uint8Array(buffer, HEADER_LENGTH_BYTES, headBytes));
  } catch {
    return badFrame("the header is not UTF-8");
  }
  const messages = parseMessages(text);
  if (!messages.ok) return messages;
  for (const message of messages.value) {
    for (const holder of holders(message)) {
      const bytes = holder.bin;
      if (bytes === undefined) continue;
      if (!Number.isSafeInteger(bytes) || (bytes as number) < 0 || at + (bytes as number) > buffer.byteLength)
        return badFrame("`bin` reaches beyond the frame");
      delete holder.bin;
      // A copy: a view would keep the whole frame alive for as long as one payload is.
      holder.data = new Uint8Array(buffer.slice(at, at + (bytes as number)));
      at += bytes as number;
    }
  }
  return at === buffer.byteLength ? messages : badFrame("bytes that no message refers to");
}

function parseMessages(text: string): Result<Record<string, unknown>[], WireError> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return badFrame("not JSON");
  }
  if (isRecord(parsed)) return ok([parsed]);
  if (!Array.isArray(parsed) || !parsed.every(isRecord)) return badFrame("a frame is an object, or an array of objects");
  if (parsed.length > LIMITS.frameMessages) return tooLarge(LIMITS.frameMessages, "messages");
  return ok(parsed);
}
