import { closeOrder } from "../protocol/close-codes.ts";
import type { ErrorCode, RetryAdvice, WireError } from "../protocol/errors.ts";
import { LOCAL_ERRORS } from "../protocol/local-errors.ts";

/** `closed`: the client, or the channel, had ended before an answer came. */
export type WigwagErrorCode = ErrorCode | "closed";

/** Why a call failed. `retry` says whether the same call can succeed later. */
export class WigwagError extends Error {
  override readonly name = "WigwagError";
  readonly code: WigwagErrorCode;
  readonly retry: RetryAdvice;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;
  readonly limit: number | undefined;
  /** The close code of the socket, where that was the reason. */
  readonly closeCode: number | undefined;

  constructor(facts: Omit<WireError, "code"> & { code: WigwagErrorCode; closeCode?: number | undefined; cause?: unknown }) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.retry = facts.retry;
    this.retryAfterMs = facts.retryAfterMs;
    this.field = facts.field;
    this.limit = facts.limit;
    this.closeCode = facts.closeCode;
  }
}

/** An error that arose on this side, in the words of the catalogue. */
export function localError(code: keyof typeof LOCAL_ERRORS, facts: { message?: string; field?: string; limit?: number; cause?: unknown } = {}): WigwagError {
  const { retry, text } = LOCAL_ERRORS[code];
  return new WigwagError({ message: text, ...facts, code, retry });
}

/** Close codes that say the same as an error of the catalogue. */
const CODE_OF_CLOSE = new Map<number, ErrorCode>([
  [4003, "overloaded"],
  [4100, "token_expired"],
  [4101, "token_revoked"],
  [4201, "token_invalid"],
  [4202, "app_unknown"],
  [4205, "too_large"],
  [4209, "forbidden"],
  [4210, "bad_request"],
]);

/** What calls that a closed socket leaves unanswered are told. */
export function closedError(code: number | undefined, reason: string): WigwagError {
  const known = code === undefined ? undefined : CODE_OF_CLOSE.get(code);
  const order = code === undefined ? "stay-away" : closeOrder(code);
  const retry = order === "new-token" ? "new-token" : order === "come-back" ? "later" : "never";
  return new WigwagError({ code: known ?? "closed", message: reason, retry, closeCode: code });
}

export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
