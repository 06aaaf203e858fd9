import { inFull } from "../../../src/protocol/brief.ts";
import type { Down } from "../../../src/protocol/down.ts";
import { SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from "../../../src/protocol/version.ts";

/** The messages of a text frame. The server is ours and under test: what does not fit fails the run where it is used. */
export function decodeDown(bytes: Buffer): readonly Down[] {
  const parsed: Down | Down[] = JSON.parse(bytes.toString("utf8"));
  const messages = Array.isArray(parsed) ? parsed : [parsed];
  for (const message of messages) if (message.type === "events") message.items = inFull(message.items) as typeof message.items;
  return messages;
}

export const subprotocols = (secret: string): string[] => [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + Buffer.from(secret).toString("base64url")];

export const request = (id: number, op: string, input: object): string => JSON.stringify({ type: "request", id, op, input });

export const ack = (stream: string, upTo: number): string => JSON.stringify({ type: "ack", stream, upTo });
