import type { Histogram } from "../lib/histogram.ts";
import type { Measurement } from "./measurement.ts";
import type { StartMeter } from "./meter.ts";
import { pause } from "./parallel.ts";

/** Something under load in a closed loop: a room, a pair. */
export interface Loop {
  readonly delivered: number;
  readonly published: number;
  start(): void;
  drained(): Promise<void>;
  assertComplete(): void;
}

export interface PhaseOptions {
  readonly loops: readonly Loop[];
  readonly unit: "deliveries" | "messages";
  readonly latency: Histogram;
  readonly startMeter: StartMeter;
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly frames: () => number;
}

const DRAIN_MS_MAX = 20_000;
/** A duplicate may come after the original; this long we listen for one. */
const AFTERMATH_MS = 200;

const sum = (loops: readonly Loop[], field: "delivered" | "published"): number => loops.reduce((total, loop) => total + loop[field], 0);

/**
 * Warms up, then measures from standstill to standstill, so that exactly the work counted was paid for. A message of which somebody has
 * no copy when all is over fails the run.
 */
export async function measureClosedLoop(options: PhaseOptions): Promise<Measurement> {
  const { loops, latency } = options;
  await runLoops(loops, options.warmupSeconds);
  latency.reset();
  const before = { delivered: sum(loops, "delivered"), published: sum(loops, "published"), frames: options.frames() };
  const stop = options.startMeter();
  await runLoops(loops, options.seconds);
  const reading = stop();
  const frames = options.frames() - before.frames;
  await pause(AFTERMATH_MS);
  return {
    ...reading,
    unit: options.unit,
    count: sum(loops, "delivered") - before.delivered,
    published: sum(loops, "published") - before.published,
    frames,
    p50Ms: latency.percentile(0.5) / 1000,
    p99Ms: latency.percentile(0.99) / 1000,
  };
}

async function runLoops(loops: readonly Loop[], seconds: number): Promise<void> {
  for (const loop of loops) loop.start();
  await pause(seconds * 1000);
  const drained = Promise.all(loops.map((loop) => loop.drained()));
  await Promise.race([drained, pause(DRAIN_MS_MAX)]);
  for (const loop of loops) loop.assertComplete();
}
