/** What one run of one scenario against one contender gave. */
export interface Measurement {
  /** What counts as work: deliveries to members, messages between peers, or connections. */
  readonly unit: "deliveries" | "messages" | "connections";
  readonly count: number;
  readonly seconds: number;
  readonly serverCpuSeconds: number;
  /** Share of its core that the load generator used: near 1, the client was the limit of anything per wall second. */
  readonly loadShare: number;
  /** WebSocket messages that brought the deliveries. */
  readonly frames: number;
  readonly published: number;
  /** One way, publish to delivery, in milliseconds. Absent for connections. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly rssBytesPerConnection?: number;
}

/** The figure that contenders are compared by. */
export const perCpuSecond = (measurement: Measurement): number => measurement.count / measurement.serverCpuSeconds;
export const perSecond = (measurement: Measurement): number => measurement.count / measurement.seconds;
