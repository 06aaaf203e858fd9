import { LIMITS, TIMINGS } from "../protocol/limits.ts";

/** Every time-out and interval of the client. */
export interface ClientTimings {
  requestTimeoutMs: number;
  loginTimeoutMs: number;
  keepAliveMs: number;
  keepAliveHiddenMs: number;
  keepAliveDirectMs: number;
  probeMs: number;
  reconnectSpreadMs: number;
  reconnectCapMs: number;
  stableMs: number;
  ackMs: number;
  inboxAckMs: number;
}

/** `scale` multiplies what is not given by name. */
export type TimingOptions = Partial<ClientTimings> & { scale?: number };

export function clientTimings({ scale = 1, ...given }: TimingOptions = {}): ClientTimings {
  const { requestTimeoutMs, loginTimeoutMs, keepAliveMs, keepAliveHiddenMs, keepAliveDirectMs, probeMs, reconnectSpreadMs, reconnectCapMs, stableMs, inboxAckMs } = TIMINGS;
  const standard: ClientTimings = {
    requestTimeoutMs: requestTimeoutMs * scale,
    loginTimeoutMs: loginTimeoutMs * scale,
    keepAliveMs: keepAliveMs * scale,
    keepAliveHiddenMs: keepAliveHiddenMs * scale,
    keepAliveDirectMs: keepAliveDirectMs * scale,
    probeMs: probeMs * scale,
    reconnectSpreadMs: reconnectSpreadMs * scale,
    reconnectCapMs: reconnectCapMs * scale,
    stableMs: stableMs * scale,
    ackMs: LIMITS.ackMs * scale,
    inboxAckMs: inboxAckMs * scale,
  };
  return { ...standard, ...given };
}
