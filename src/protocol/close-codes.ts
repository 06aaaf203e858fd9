/**
 * Close codes carry an order to the client in their range, so that an old client obeys a code it has never seen:
 * 4000-4099 come back · 4100-4199 come back with a new token or ticket · 4200-4299 stay away.
 */
export const CLOSE = {
  goAway: { code: 4000, reason: "going away" },
  slowReader: { code: 4001, reason: "reader too slow: come back and resume" },
  idle: { code: 4002, reason: "no sign of life" },
  overloaded: { code: 4003, reason: "overloaded" },
  moved: { code: 4004, reason: "channel moved: join again" },
  internal: { code: 4005, reason: "internal error" },

  tokenExpired: { code: 4100, reason: "token expired" },
  ticketRefused: { code: 4101, reason: "ticket refused: join again" },
  rightsChanged: { code: 4102, reason: "rights changed: join again" },

  badFrame: { code: 4200, reason: "frame not understood" },
  tokenInvalid: { code: 4201, reason: "token invalid" },
  appUnknown: { code: 4202, reason: "app unknown" },
  replaced: { code: 4203, reason: "logged in elsewhere" },
  banned: { code: 4204, reason: "kicked by the app" },
  deactivated: { code: 4206, reason: "user deactivated or deleted" },
  tooLarge: { code: 4205, reason: "frame too large" },
  loggedOut: { code: 4207, reason: "logged out" },
  versionUnsupported: { code: 4208, reason: "protocol version not supported" },
  forbidden: { code: 4209, reason: "forbidden" },
  badRequest: { code: 4210, reason: "connect parameters invalid" },
} as const;

export type CloseName = keyof typeof CLOSE;
export type CloseOrder = "come-back" | "new-token" | "stay-away";

/** What a client does after a socket closed with `code`; anything outside our range (1006, 1001 …) means come back. */
export function closeOrder(code: number): CloseOrder {
  if (code >= 4200 && code <= 4299) return "stay-away";
  if (code >= 4100 && code <= 4199) return "new-token";
  return "come-back";
}

/** Codes that `WebSocket.close` refuses (RFC 6455 section 7.4.1) become 1000. */
export function sendableCloseCode(code: number): number {
  return code === 1005 || code === 1006 || code === 1015 ? 1000 : code;
}
