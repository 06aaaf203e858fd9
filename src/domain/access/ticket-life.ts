import type { WireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { ok, type Result } from "../../util/result.ts";
import { expired, invalid } from "./refusals.ts";

/** When a ticket issued now ends: it never outlives what it was given for. */
export const ticketExpiry = (nowMs: number, sessionEndsAtMs: number): number => Math.min(nowMs + LIMITS.ticketTtlMs, sessionEndsAtMs);

/** A ticket that ends later than one issued a clock skew from now would is from the future. */
export function checkTicketLife(expiresAtMs: number, nowMs: number): Result<undefined, WireError> {
  if (nowMs > expiresAtMs) return expired("the ticket has expired");
  if (expiresAtMs > nowMs + LIMITS.ticketTtlMs + LIMITS.clockSkewMs) return invalid("the ticket is from the future");
  return ok(undefined);
}
