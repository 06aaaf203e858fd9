/** A delivery as the checker sees it: message `number` of `publisher`. */
export interface Delivery {
  readonly publisher: number;
  readonly number: number;
}

/** RTM-like signals are small; 128 bytes is what the published comparisons of brokers use, too. */
export const PAYLOAD_BYTES = 128;

export function encodePayload(publisher: number, number: number, bytes = PAYLOAD_BYTES): string {
  return `${publisher}.${number}.`.padEnd(bytes, "x");
}

export function decodePayload(text: string): Delivery {
  const match = /^(\d+)\.(\d+)\.x*$/.exec(text);
  if (match === null || text.length < PAYLOAD_BYTES) throw new Error(`not a payload of the benchmark: ${text.slice(0, 60)}`);
  return { publisher: Number(match[1]), number: Number(match[2]) };
}
