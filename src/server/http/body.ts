import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Operation } from "../../protocol/operations/operation.ts";
import { fromBase64 } from "../../util/base64.ts";
import { isRecord } from "../../util/record.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { decodeUtf8 } from "../../util/text.ts";

type Fields = Record<string, unknown>;
type Read<T> = Promise<Result<T, WireError>>;

/** The input fields that stand in the body: a JSON object, or for `payload` operations the message itself. */
export async function readBody(request: Request, { body }: Pick<Operation, "body">): Read<Fields> {
  const kind = (request.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const isJson = kind === "" || kind === "application/json" || kind.endsWith("+json");
  if (isJson) return readJson(request, body === "payload");
  if (body !== "payload") return err(bad("Content-Type", "application/json"));
  const bytes = await readBounded(request, LIMITS.payloadBytes, "data");
  if (!bytes.ok) return bytes;
  if (!kind.startsWith("text/")) return ok({ data: bytes.value });
  const text = utf8(bytes.value);
  return text === undefined ? err(bad("data", "UTF-8")) : ok({ data: text });
}

async function readJson(request: Request, payload: boolean): Read<Fields> {
  const bytes = await readBounded(request, LIMITS.restBodyBytes, "body");
  if (!bytes.ok) return bytes;
  if (bytes.value.byteLength === 0) return ok({});
  const parsed = parse(utf8(bytes.value));
  if (!isRecord(parsed)) return err(bad("body", "a JSON object"));
  return payload && "dataBase64" in parsed ? withBytes(parsed) : ok(parsed);
}

/** JSON has no bytes: there a payload of bytes is `dataBase64`, in answers as well. */
function withBytes({ dataBase64, ...rest }: Fields): Result<Fields, WireError> {
  const bytes = typeof dataBase64 === "string" ? fromBase64(dataBase64) : undefined;
  if (bytes === undefined) return err(bad("dataBase64", "base64 (RFC 4648 section 4)"));
  return "data" in rest ? err(bad("dataBase64", "instead of data, not beside it")) : ok({ ...rest, data: bytes });
}

const bad = (field: string, expected: string): WireError => wireError("bad_request", { field, message: `${field}: expected ${expected}` });

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Stops reading at the limit, whatever Content-Length says. */
async function readBounded(request: Request, limit: number, field: string): Read<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (request.body !== null) {
    for await (const part of request.body) {
      length += part.byteLength;
      // Leaving the loop cancels the stream.
      if (length > limit) return err(wireError("too_large", { field, limit, message: `${field}: at most ${limit} bytes` }));
      parts.push(part);
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return ok(whole);
}
