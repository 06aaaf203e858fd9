/** What counts as work: deliveries to members, messages between peers or from devices, connections, changes of presence. */
export type Unit = "deliveries" | "messages" | "connections" | "changes";

/** What only some scenarios measure. */
export interface Special {
  /** Publishes acknowledged per second of wall time. */
  readonly publishedPerSecond?: number;
  /** From publish to the publisher's own echo, at half of that rate. */
  readonly ackP50Ms?: number;
  readonly ackP99Ms?: number;
  readonly rssBytesPerClient?: number;
  readonly rssBytesPerSocket?: number;
  /** From the first reconnect until the last client has everything. */
  readonly wholeSeconds?: number;
  /** Bytes of WebSocket messages received, per byte of payload that was missed. */
  readonly bytesPerPayloadByte?: number;
  readonly rssGrowthBytes?: number;
  /** Share of the slow readers whose sockets the server has closed. */
  readonly slowClosed?: number;
}

/** A stretch of a run, and what the server used in it. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly serverCpuSeconds: number;
}

/** What one run of one scenario against one contender gave. */
export interface Measurement {
  readonly unit: Unit;
  readonly count: number;
  readonly seconds: number;
  readonly serverCpuSeconds: number;
  /** Share of its core that the load generator used: near 1, the client was the limit of anything per wall second. */
  readonly loadShare: number;
  /** WebSocket messages that brought the deliveries. */
  readonly frames: number;
  readonly published: number;
  /** One way, publish to delivery, in milliseconds; of a connection, how long it took. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly special?: Special;
  /** All of the run, in order: what was measured is one of them. */
  readonly phases?: readonly Phase[];
}

/** The figure that contenders are compared by. */
export const perCpuSecond = (measurement: Measurement): number => measurement.count / measurement.serverCpuSeconds;
export const perSecond = (measurement: Measurement): number => measurement.count / measurement.seconds;
