import { ERRORS, type ErrorCode, type WireError } from "../../../protocol/errors.ts";

/** RTM 1.x has few statuses: what the caller may not do is 401, what it should not have sent 400, what took too long 408. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  forbidden: 401,
  too_large: 400,
  limit_exceeded: 400,
  not_member: 400,
  conflict: 400,
  burnt: 400,
  timeout: 408,
};

const headers = { "cache-control": "no-store" };
const requestId = (): string => crypto.randomUUID().replaceAll("-", "");

export const succeeded = (reply: Record<string, unknown>): Response =>
  Response.json({ result: "success", request_id: requestId(), ...reply }, { headers: { ...headers } });

export function failed(error: WireError): Response {
  const { code, message, retryAfterMs, field } = error;
  const retryAfter: Record<string, string> = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1000)) };
  const status = STATUS[code] ?? ERRORS[code].http;
  const challenge: Record<string, string> = status === 401 ? { "www-authenticate": 'Basic realm="wigwag"' } : {};
  const body = { result: "failed", request_id: requestId(), code, message, ...(field === undefined ? {} : { field }) };
  return Response.json(body, { status, headers: { ...headers, ...retryAfter, ...challenge } });
}
