/** A delivery as the checker sees it: message `number` of `publisher`. */
export interface Delivery {
  readonly publisher: number;
  readonly number: number;
}

/** RTM-like signals are small; 128 bytes is what the published comparisons of brokers use, too. */
export const PAYLOAD_BYTES = 128;
const FILL = "x".repeat(PAYLOAD_BYTES);

export function encodePayload(publisher: number, number: number): string {
  const head = `${publisher}.${number}.`;
  return head + FILL.slice(head.length);
}

export function decodePayload(text: string): Delivery {
  const match = /^(\d+)\.(\d+)\.x*$/.exec(text);
  if (match === null || text.length !== PAYLOAD_BYTES) throw new Error(`not a payload of the benchmark: ${text.slice(0, 60)}`);
  return { publisher: Number(match[1]), number: Number(match[2]) };
}
