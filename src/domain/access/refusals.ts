import { type ErrorCode, type WireError, wireError } from "../../protocol/errors.ts";
import { err } from "../../util/result.ts";

type Refusal = { readonly ok: false; readonly error: WireError };

const refusal =
  (code: ErrorCode) =>
  (message: string): Refusal =>
    err(wireError(code, { message }));

/** The reasons to turn a token or ticket away. Messages are for the developer, and name no secret. */
export const unauthenticated = refusal("unauthenticated");
export const invalid = refusal("token_invalid");
export const expired = refusal("token_expired");
export const foreign = refusal("token_foreign");

export const tooLarge = (what: string, limit: number): Refusal => err(wireError("too_large", { message: `${what} is longer than ${limit} characters`, limit }));
