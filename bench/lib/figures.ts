import { type Measurement, perCpuSecond, perSecond } from "../load/measurement.ts";
import { short } from "./table.ts";

const KILO = 1000;
const MEGA = 1e6;

interface Figure {
  /** Head of its column. */
  readonly title: string;
  readonly text: (value: number) => string;
  of(measurement: Measurement): number | undefined;
}

const percent = (share: number): string => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : "–");
const scaled = (value: number | undefined, by: number): number | undefined => (value === undefined ? undefined : value / by);

/** Everything that a table may show of a measurement. */
export const FIGURES = {
  perCpuSecond: { title: "per CPU-s", text: short, of: perCpuSecond },
  perSecond: { title: "per second", text: short, of: perSecond },
  server: { title: "server", text: percent, of: (m) => m.serverCpuSeconds / m.seconds },
  load: { title: "load", text: percent, of: (m) => m.loadShare },
  perFrame: { title: "per frame", text: short, of: (m) => m.count / m.frames },
  p50Ms: { title: "p50 ms", text: short, of: (m) => m.p50Ms },
  p99Ms: { title: "p99 ms", text: short, of: (m) => m.p99Ms },
  publishedPerSecond: { title: "publishes/s", text: short, of: (m) => m.special?.publishedPerSecond },
  ackP50Ms: { title: "ack p50 ms", text: short, of: (m) => m.special?.ackP50Ms },
  ackP99Ms: { title: "ack p99 ms", text: short, of: (m) => m.special?.ackP99Ms },
  kbPerClient: { title: "kB/client", text: short, of: (m) => scaled(m.special?.rssBytesPerClient, KILO) },
  kbPerSocket: { title: "kB/socket", text: short, of: (m) => scaled(m.special?.rssBytesPerSocket, KILO) },
  wholeSeconds: { title: "all whole s", text: short, of: (m) => m.special?.wholeSeconds },
  bytesPerPayloadByte: { title: "bytes/payload", text: short, of: (m) => m.special?.bytesPerPayloadByte },
  rssGrowthMb: { title: "memory +MB", text: short, of: (m) => scaled(m.special?.rssGrowthBytes, MEGA) },
  slowClosed: { title: "slow closed", text: percent, of: (m) => m.special?.slowClosed },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;
