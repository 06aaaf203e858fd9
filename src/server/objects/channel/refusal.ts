import { CLOSE } from "../../../protocol/close-codes.ts";
import type { WireError } from "../../../protocol/errors.ts";

/** How a socket that a channel or leaf does not take is closed. */
export function closeFor(error: WireError): { code: number; reason: string } {
  if (error.code === "token_revoked") return { code: CLOSE.ticketRefused.code, reason: error.message };
  if (error.code === "forbidden") return { code: CLOSE.forbidden.code, reason: error.message };
  return { code: CLOSE.overloaded.code, reason: error.message };
}
