/** What a way between client and server is like. Absent: nothing is added. */
export interface ProxyConditions {
  /** Added to each direction, ms. */
  readonly delayMs?: number;
  /** Up to so much more, drawn for each chunk; order is kept. */
  readonly jitterMs?: number;
  /** Of each direction and connection. */
  readonly bytesPerSecond?: number;
  /** What is swallowed: sockets stay open and nothing arrives. */
  readonly blackhole?: "up" | "down" | "both";
  /** Of which connections all this is true; `both` where absent. */
  readonly only?: "new" | "established";
  /** New connections are refused. */
  readonly refuse?: boolean;
}
