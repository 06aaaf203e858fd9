import { ERRORS, type WireError, wireError } from "../../protocol/errors.ts";
import { logLine, messageOf } from "../log.ts";

/** An error as REST says it: the catalogue's status, `{error}`, and Retry-After where waiting helps. */
export function errorReply(error: WireError, status: number = ERRORS[error.code].http, headers: Record<string, string> = {}): Response {
  const retryAfter: Record<string, string> = error.retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(error.retryAfterMs / 1000)) };
  const challenge: Record<string, string> = status === 401 ? { "www-authenticate": 'Bearer realm="wigwag"' } : {};
  return Response.json({ error }, { status, headers: { "cache-control": "no-store", ...retryAfter, ...challenge, ...headers } });
}

/** A fault of ours: detail for the operator, none for the stranger. */
export function faultReply(error: unknown): Response {
  logLine("http.fault", { message: messageOf(error) });
  return errorReply(wireError("internal"));
}
