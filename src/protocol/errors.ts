import { LOCAL_ERRORS, type RetryAdvice } from "./local-errors.ts";

/**
 * The closed catalogue of errors. A code is also a metric name: changing one is a decision.
 * retry: `never` the same request fails again · `later` after retryAfterMs · `new-token` with a fresh token.
 */
export const ERRORS = {
  bad_request: LOCAL_ERRORS.bad_request,
  bad_frame: LOCAL_ERRORS.bad_frame,
  unknown_operation: { retry: "never", http: 404, text: "There is no such operation." },
  too_large: LOCAL_ERRORS.too_large,
  unsupported_type: { retry: "never", http: 415, text: "The bytes are not of the type they are said to be, or of one that this can be done with." },
  limit_exceeded: LOCAL_ERRORS.limit_exceeded,
  unauthenticated: { retry: "new-token", http: 401, text: "No token, ticket or key." },
  token_invalid: { retry: "new-token", http: 401, text: "The token is malformed, or its signature does not fit." },
  token_expired: { retry: "new-token", http: 401, text: "The token or ticket is no longer valid." },
  token_foreign: { retry: "new-token", http: 401, text: "The token is for another app, user or channel." },
  token_revoked: { retry: "new-token", http: 401, text: "The session this token or ticket belongs to has ended." },
  app_unknown: { retry: "never", http: 401, text: "There is no such app." },
  forbidden: { retry: "never", http: 403, text: "The caller may not do this." },
  not_found: { retry: "never", http: 404, text: "There is no such thing." },
  gone: { retry: "never", http: 410, text: "It was there and is no longer: start over." },
  not_member: { retry: "never", http: 409, text: "The caller has not joined the channel." },
  conflict: { retry: "never", http: 409, text: "The state has changed meanwhile." },
  burnt: { retry: "never", http: 409, text: "A later message of this device has been taken: this one was passed over, or is no longer retained." },
  out_of_turn: { retry: "later", http: 409, text: "The message that it follows has not come; submit that one first." },
  rate_limited: { retry: "later", http: 429, text: "Too many calls; wait retryAfterMs." },
  overloaded: LOCAL_ERRORS.overloaded,
  unavailable: LOCAL_ERRORS.unavailable,
  timeout: LOCAL_ERRORS.timeout,
  internal: LOCAL_ERRORS.internal,
} as const satisfies Record<string, { retry: RetryAdvice; http: number; text: string }>;

export type { RetryAdvice };
export type ErrorCode = keyof typeof ERRORS;

/** An error as it crosses the wire. `field` and `limit` name what was wrong. */
export interface WireError {
  code: ErrorCode;
  message: string;
  retry: RetryAdvice;
  retryAfterMs?: number | undefined;
  field?: string | undefined;
  limit?: number | undefined;
}

export interface ErrorFacts {
  message?: string;
  field?: string;
  limit?: number;
  retryAfterMs?: number;
}

/** How long to wait when the refusing part has no better figure. */
const DEFAULT_RETRY_AFTER_MS = 1000;

export function wireError(code: ErrorCode, facts: ErrorFacts = {}): WireError {
  const { retry, text } = ERRORS[code];
  const error: WireError = { code, message: facts.message ?? text, retry };
  if (facts.field !== undefined) error.field = facts.field;
  if (facts.limit !== undefined) error.limit = facts.limit;
  const wait = facts.retryAfterMs ?? (retry === "later" ? DEFAULT_RETRY_AFTER_MS : undefined);
  if (wait !== undefined) error.retryAfterMs = wait;
  return error;
}
