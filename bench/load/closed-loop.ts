import type { Histogram } from "../lib/histogram.ts";
import type { ScenarioContext } from "../scenarios/scenario.ts";
import type { Adapter } from "./adapter.ts";
import type { Measurement } from "./measurement.ts";
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
  readonly context: ScenarioContext;
  readonly adapter: Adapter;
  readonly loops: readonly Loop[];
  readonly unit: "deliveries" | "messages";
  readonly latency: Histogram;
}

const DRAIN_MS_MAX = 20_000;
/** A duplicate may come after the original; this long we listen for one. */
const AFTERMATH_MS = 200;

const sum = (loops: readonly Loop[], field: "delivered" | "published"): number => loops.reduce((total, loop) => total + loop[field], 0);

/**
 * Warms up, then measures from standstill to standstill, so that exactly the work counted was paid for. A message of which somebody has
 * no copy when all is over fails the run.
 */
export function measureClosedLoop(options: PhaseOptions): Promise<Measurement> {
  return measureRounds(options, (seconds) => runLoops(options.loops, seconds));
}

/** The same for any way of making load: `run` makes it for so many seconds and returns at standstill. */
export async function measureRounds(options: PhaseOptions, run: (seconds: number) => Promise<void>): Promise<Measurement> {
  const { adapter, context, latency, loops, unit } = options;
  context.phase("warm-up");
  await run(context.warmupSeconds);
  latency.reset();
  const before = { delivered: sum(loops, "delivered"), published: sum(loops, "published"), frames: adapter.frames };
  const stop = context.startMeter();
  await run(context.seconds);
  const reading = stop();
  const frames = adapter.frames - before.frames;
  context.phase("aftermath");
  await pause(AFTERMATH_MS);
  for (const loop of loops) loop.assertComplete();
  return {
    ...reading,
    unit,
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
  await standstill(loops);
}

/** Everybody has everything, or the run ends. */
export async function standstill(loops: readonly Loop[]): Promise<void> {
  const drained = Promise.all(loops.map((loop) => loop.drained()));
  await Promise.race([drained, pause(DRAIN_MS_MAX)]);
  for (const loop of loops) loop.assertComplete();
}
