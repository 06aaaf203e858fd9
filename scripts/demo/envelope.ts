import { CHUNK_HEADER_BYTES, type Item } from "./plan.ts";

/** A message as it travels: its number among its sender's, when it was sent, and a line of text or a chunk of a picture. */
export interface Envelope {
  readonly n: number;
  readonly sentAt: number;
  readonly content: { readonly line: string } | { readonly chunk: number; readonly bytes: Uint8Array };
}

/** Unix ms with fractions; one clock for all processes of a machine. */
export const now = (): number => performance.timeOrigin + performance.now();

export function seal(n: number, item: Item, picture: (chunk: number) => Uint8Array): string | Uint8Array {
  if ("line" in item) return `${n} ${now()} ${item.line}`;
  const bytes = picture(item.chunk);
  const sealed = new Uint8Array(CHUNK_HEADER_BYTES + bytes.byteLength);
  const view = new DataView(sealed.buffer);
  view.setUint32(0, n);
  view.setUint32(4, item.chunk);
  view.setFloat64(8, now());
  sealed.set(bytes, CHUNK_HEADER_BYTES);
  return sealed;
}

export function open(data: string | Uint8Array): Envelope {
  if (typeof data !== "string") {
    const view = new DataView(data.buffer, data.byteOffset);
    return { n: view.getUint32(0), sentAt: view.getFloat64(8), content: { chunk: view.getUint32(4), bytes: data.subarray(CHUNK_HEADER_BYTES) } };
  }
  const [, n, sentAt, line] = /^(\d+) ([\d.]+) (.*)$/s.exec(data) ?? [];
  if (line === undefined) throw new Error(`not a message of this demo: ${data.slice(0, 40)}`);
  return { n: Number(n), sentAt: Number(sentAt), content: { line } };
}
