import type { MessageName } from "./event.ts";

/** `<writer>-<n>`, then as many dots as the size asks for. */
export function payloadOf({ writer, n }: MessageName, size = 0): string {
  const name = `${writer}-${n}`;
  return name.length >= size ? name : `${name} ${".".repeat(size - name.length - 1)}`;
}

/** What `payloadOf` named; undefined for what no writer of ours has said. */
export function readPayload(data: string | Uint8Array): MessageName | undefined {
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  const [name = ""] = text.split(" ", 1);
  const dash = name.lastIndexOf("-");
  const n = Number(name.slice(dash + 1));
  return dash > 0 && Number.isSafeInteger(n) && n > 0 ? { writer: name.slice(0, dash), n } : undefined;
}
