import { type Delivery, decodePayload } from "../../lib/payload.ts";
import type { Parsed } from "../split-reader.ts";

/** As much of the NATS client protocol as a client of the benchmark speaks. */
export type Operation = { readonly type: "info" | "ping" | "pong" | "ok" } | { readonly type: "message"; readonly delivery: Delivery };

const LINE_END = "\r\n";

export const connectLine = (echo: boolean): string =>
  `CONNECT ${JSON.stringify({ verbose: false, pedantic: false, echo, protocol: 1, lang: "benchmark", version: "1" })}${LINE_END}`;
export const subscribeLine = (subject: string): string => `SUB ${subject} 1${LINE_END}`;
export const PING = `PING${LINE_END}`;
export const PONG = `PONG${LINE_END}`;
export const publishLines = (subject: string, payload: string): string => `PUB ${subject} ${payload.length}${LINE_END}${payload}${LINE_END}`;

export function parseOperations(bytes: Buffer): Parsed<Operation> {
  const items: Operation[] = [];
  let used = 0;
  for (;;) {
    const end = bytes.indexOf(LINE_END, used, "latin1");
    if (end < 0) return { items, used };
    const line = bytes.toString("latin1", used, end);
    const start = end + LINE_END.length;
    if (!line.startsWith("MSG ")) {
      items.push({ type: plain(line) });
      used = start;
      continue;
    }
    const length = Number(line.slice(line.lastIndexOf(" ") + 1));
    if (start + length + LINE_END.length > bytes.length) return { items, used };
    items.push({ type: "message", delivery: decodePayload(bytes.toString("latin1", start, start + length)) });
    used = start + length + LINE_END.length;
  }
}

function plain(line: string): "info" | "ping" | "pong" | "ok" {
  if (line.startsWith("INFO ")) return "info";
  if (line === "PING") return "ping";
  if (line === "PONG") return "pong";
  if (line === "+OK") return "ok";
  throw new Error(`unexpected from NATS: ${line.slice(0, 80)}`);
}
