import { isRecord } from "../client/guards.ts";
import { decodeUtf8, encodeUtf8, utf8Bytes } from "../util/text.ts";
import { RTM_LIMITS } from "./limits.ts";
import type { RtmFileMessage, RtmImageMessage, RtmMessage, RtmRawMessage } from "./types.ts";

/** A message as the core carries it. */
export interface Wire {
  readonly data: string | Uint8Array;
  readonly customType?: string;
}

/**
 * How messages of RTM 1.x travel: text and bare bytes as what they are, so that every other client can read them; the rest
 * as an envelope of blocks, each behind its length, whose kind is the message's custom type.
 */
const RAW_WITH_DESCRIPTION = "rtm.raw";
const FILE = "rtm.file";
const IMAGE = "rtm.image";

/** Messages between parts of the product, which are no messages of the application. */
const isInternal = (customType: string | undefined): boolean => customType?.startsWith("wigwag.") ?? false;

/** The message with its kind, or why it cannot be sent. A kind that is not named is told from the fields. */
export function checkedMessage(value: unknown): RtmMessage | string {
  if (!isRecord(value)) return "a message is an object";
  switch (value.messageType ?? kindOf(value)) {
    case "TEXT":
      return typeof value.text !== "string" ? "its text is no text" : fitting(utf8Bytes(value.text), { text: value.text, messageType: "TEXT" });
    case "RAW":
      return checkedRaw(value);
    case "FILE":
    case "IMAGE":
      return checkedMedia(value);
    default:
      return "its messageType is none of TEXT, RAW, FILE, IMAGE";
  }
}

const kindOf = ({ text, rawMessage }: Record<string, unknown>): string | undefined =>
  text !== undefined ? "TEXT" : rawMessage !== undefined ? "RAW" : undefined;

function checkedRaw({ rawMessage, description }: Record<string, unknown>): RtmMessage | string {
  // Not instanceof: bytes may come from another frame of the page.
  if (!ArrayBuffer.isView(rawMessage)) return "its rawMessage is no Uint8Array";
  if (!isOptional(description, "string")) return "its description is no text";
  const bytes = new Uint8Array(rawMessage.buffer, rawMessage.byteOffset, rawMessage.byteLength);
  return fitting(bytes.byteLength + utf8Bytes(description ?? ""), { rawMessage: bytes, description, messageType: "RAW" });
}

function checkedMedia(value: Record<string, unknown>): RtmMessage | string {
  const { mediaId, size, fileName, description, thumbnail, width, height, thumbnailWidth, thumbnailHeight } = value;
  if (typeof mediaId !== "string" || mediaId === "") return "its mediaId is missing: it comes from createMediaMessageByUploading";
  if (typeof size !== "number") return "its size is no number";
  if (!isOptional(fileName, "string") || !isOptional(description, "string")) return "its fileName or description is no text";
  if (thumbnail !== undefined && !(thumbnail instanceof Blob)) return "its thumbnail is no Blob";
  for (const side of [width, height, thumbnailWidth, thumbnailHeight]) if (!isOptional(side, "number")) return "its measures are no numbers";
  const file = { mediaId, size, fileName, description, thumbnail };
  const bytes = utf8Bytes(fileName ?? "") + utf8Bytes(description ?? "") + (thumbnail?.size ?? 0);
  if (value.messageType === "FILE") return fitting(bytes, { ...file, messageType: "FILE" });
  return fitting(bytes, { ...file, ...measuresOf(value), messageType: "IMAGE" });
}

function isOptional(value: unknown, type: "string"): value is string | undefined;
function isOptional(value: unknown, type: "number"): value is number | undefined;
function isOptional(value: unknown, type: string): boolean {
  return value === undefined || typeof value === type;
}

const fitting = (bytes: number, message: RtmMessage): RtmMessage | string =>
  bytes <= RTM_LIMITS.messageBytes ? message : `it has more than ${RTM_LIMITS.messageBytes} bytes`;

const numberOr = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const measuresOf = ({ width, height, thumbnailWidth, thumbnailHeight }: Record<string, unknown>) => ({
  width: numberOr(width),
  height: numberOr(height),
  thumbnailWidth: numberOr(thumbnailWidth),
  thumbnailHeight: numberOr(thumbnailHeight),
});

/** What needs no waiting is there at once, so that messages sent in a row keep their order. */
export function toWire(message: RtmMessage): Wire | Promise<Wire> {
  if ("text" in message) return { data: message.text };
  if (!("rawMessage" in message)) return mediaToWire(message);
  const { rawMessage, description } = message;
  if (description === undefined) return { data: rawMessage };
  return { data: packed([encodeUtf8(description)], rawMessage), customType: RAW_WITH_DESCRIPTION };
}

async function mediaToWire(message: RtmFileMessage | RtmImageMessage): Promise<Wire> {
  const { fileName = "", description = "", thumbnail, messageType, ...rest } = message;
  const facts = { ...rest, type: thumbnail?.type, has: [message.fileName, message.description, thumbnail].map((part) => part !== undefined) };
  const blocks = [JSON.stringify(facts), fileName, description].map(encodeUtf8);
  const last = thumbnail === undefined ? new Uint8Array() : new Uint8Array(await thumbnail.arrayBuffer());
  return { data: packed(blocks, last), customType: messageType === "FILE" ? FILE : IMAGE };
}

/** What came, or undefined if it is none of the application's. An envelope that is not ours, or torn, comes as its bytes. */
export function fromWire({ data, customType }: Wire): RtmMessage | undefined {
  if (isInternal(customType)) return undefined;
  if (typeof data === "string") return { text: data, messageType: "TEXT" };
  return unpackedMessage(data, customType) ?? { rawMessage: data, messageType: "RAW" };
}

function unpackedMessage(data: Uint8Array, customType: string | undefined): RtmMessage | undefined {
  if (customType === RAW_WITH_DESCRIPTION) return unpackedRaw(data);
  return customType === FILE || customType === IMAGE ? unpackedMedia(data, customType) : undefined;
}

function unpackedRaw(data: Uint8Array): RtmRawMessage | undefined {
  const parts = unpacked(data, 1);
  const description = parts?.texts[0];
  return parts && { rawMessage: parts.last, ...(description !== undefined && { description }), messageType: "RAW" };
}

function unpackedMedia(data: Uint8Array, customType: string): RtmMessage | undefined {
  const parts = unpacked(data, 3);
  const [json = "", fileName, description] = parts?.texts ?? [];
  const facts = jsonRecord(json);
  if (parts === undefined || typeof facts?.mediaId !== "string" || typeof facts.size !== "number" || !Array.isArray(facts.has)) return undefined;
  const [hasName, hasDescription, hasThumbnail]: unknown[] = facts.has;
  const file = {
    mediaId: facts.mediaId,
    size: facts.size,
    fileName: hasName === true ? fileName : undefined,
    description: hasDescription === true ? description : undefined,
    thumbnail: hasThumbnail === true ? new Blob([new Uint8Array(parts.last)], { type: typeof facts.type === "string" ? facts.type : "" }) : undefined,
  };
  return customType === FILE ? { ...file, messageType: "FILE" } : { ...file, ...measuresOf(facts), messageType: "IMAGE" };
}

function jsonRecord(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Each block behind its length as a big-endian uint32; the last has the rest. */
function packed(blocks: readonly Uint8Array[], last: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(blocks.reduce((sum, block) => sum + 4 + block.byteLength, 0) + last.byteLength);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const block of blocks) {
    view.setUint32(at, block.byteLength);
    bytes.set(block, at + 4);
    at += 4 + block.byteLength;
  }
  bytes.set(last, at);
  return bytes;
}

function unpacked(bytes: Uint8Array, count: number): { readonly texts: string[]; readonly last: Uint8Array } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  let at = 0;
  try {
    for (let block = 0; block < count; block++) {
      const end = at + 4 + view.getUint32(at);
      if (end > bytes.byteLength) return undefined;
      texts.push(decodeUtf8(bytes.subarray(at + 4, end)));
      at = end;
    }
  } catch {
    // Shorter than its lengths say, or not UTF-8.
    return undefined;
  }
  return { texts, last: bytes.slice(at) };
}
