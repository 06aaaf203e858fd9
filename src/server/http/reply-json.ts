import { toBase64 } from "../../util/base64.ts";
import { isRecord } from "../../util/record.ts";

/** An output as JSON: a payload of bytes, `data`, stands there as `dataBase64`. */
export const replyJson = (output: Record<string, unknown>): string => JSON.stringify(output, (_key, value: unknown) => (isRecord(value) && value.data instanceof Uint8Array ? withBase64(value) : value));

function withBase64({ data, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return data instanceof Uint8Array ? { ...rest, dataBase64: toBase64(data) } : rest;
}
