/** What a way between client and server is like. Absent: nothing is added. */
export interface ProxyConditions {
  /** Added to each direction, ms. */
  readonly delayMs?: number;
  /** Up to so much more, drawn for each chunk; order is kept. */
  readonly jitterMs?: number;
  /** Of each direction and connection. */
  readonly bytesPerSecond?: number;
  /** What does not get through: sockets stay open and nothing arrives, nor the end of the other side. Goes on where it stood, as TCP does, once this is over. */
  readonly blackhole?: "up" | "down" | "both";
  /** A connection is reset so long after it was accepted, or after this became true. */
  readonly resetAfterMs?: number;
  /** Of which connections all this is true; `both` where absent. `new`: those accepted from now on. */
  readonly only?: "new" | "established";
  /** New connections are refused. */
  readonly refuse?: boolean;
}
