import { encodeFrame } from "../../../src/protocol/frame.ts";
import { PROTOCOL_VERSION, SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../../../src/protocol/version.ts";
import { toBase64Url } from "../../../src/util/base64url.ts";
import { encodeUtf8 } from "../../../src/util/text.ts";
import { EXAMPLES, type Example, REFUSED } from "../../../test/support/protocol-examples.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

/** JSON has no bytes: `data` becomes `dataBase64`, as over REST. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => (inner instanceof Uint8Array ? [`${key}Base64`, base64(inner)] : [key, plain(inner)])));
}

function vectorOf({ name, direction, messages }: Example): object {
  const frame = encodeFrame(messages);
  return { name, direction, ...(typeof frame === "string" ? { text: frame } : { base64: base64(frame) }), messages: plain(messages) };
}

const TOKENS = ["007eJxTYBB", "a token, ümläut and all"];

/** For clients in other languages: what `encodeFrame` makes of messages, and `decodeFrame` of frames. */
export function protocolVectors(): string {
  const vectors = {
    protocol: PROTOCOL_VERSION,
    about:
      "See docs/PROTOCOL.md. text: the frame as it is; base64: a binary frame; messages: what it says, bytes as dataBase64. Order of keys does not matter to a receiver.",
    subprotocols: TOKENS.map((token) => ({ token, offer: [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + toBase64Url(encodeUtf8(token))] })),
    frames: EXAMPLES.map(vectorOf),
    refused: REFUSED,
  };
  return `${JSON.stringify(vectors, undefined, 2)}\n`;
}
