import { CLOSE, type CloseName } from "../../protocol/close-codes.ts";
import { type ErrorCode, type WireError, wireError } from "../../protocol/errors.ts";
import { utf8Bytes } from "../../util/text.ts";

export type Door = "session" | "channel";
export interface Refusal {
  readonly code: number;
  readonly reason: string;
}

/** RFC 6455 section 5.5: a control frame carries 125 bytes, two of them the code. */
const REASON_BYTES = 123;

/** How a refused socket is closed: the code's range is the order to the client, the reason is for its developer. */
export function refusalOf(error: WireError, door: Door): Refusal {
  const { code } = CLOSE[closeName(error.code, door)];
  return { code, reason: cut(error.message) };
}

export const versionRefusal: Refusal = { ...CLOSE.versionUnsupported };
export const badParameter = (field: string, message: string): WireError => wireError("bad_request", { field, message: `${field}: ${message}` });

function closeName(code: ErrorCode, door: Door): CloseName {
  switch (code) {
    case "token_expired":
      return door === "channel" ? "ticketRefused" : "tokenExpired";
    case "unauthenticated":
    case "token_invalid":
    case "token_foreign":
    case "token_revoked":
    case "too_large":
      // A ticket is our own: whatever is wrong with it, joining again brings a good one.
      return door === "channel" ? "ticketRefused" : "tokenInvalid";
    case "app_unknown":
      return "appUnknown";
    case "forbidden":
      return "forbidden";
    case "rate_limited":
    case "overloaded":
    case "unavailable":
      return "overloaded";
    case "timeout":
    case "internal":
      return "internal";
    default:
      return "badRequest";
  }
}

function cut(text: string): string {
  if (utf8Bytes(text) <= REASON_BYTES) return text;
  let kept = "";
  let bytes = 0;
  for (const char of text) {
    bytes += utf8Bytes(char);
    if (bytes > REASON_BYTES - 3) break;
    kept += char;
  }
  return `${kept}…`;
}
