import { Histogram } from "../lib/histogram.ts";
import { pause, within } from "../load/parallel.ts";
import { Room } from "../load/room.ts";
import { EVERYONE, type Scenario } from "./scenario.ts";

/** After everybody has a message, longer than any window in which a server may be collecting. */
const PAUSE_MS = 25;
const WARMUP_MESSAGES = 10;
const DELIVERY_MS_MAX = 10_000;

/** One message at a time: what a server's joining of frames costs when there is nothing to join. */
const quiet = (members: number, quick: boolean): Scenario => ({
  id: `quiet-${members}`,
  title: `quiet channel, ${members} members, one message at a time`,
  contenders: EVERYONE,
  base: "bare",
  quick,
  run: async (context) => {
    const adapter = context.adapter(members);
    const latency = new Histogram();
    const room = new Room({ kind: "room", name: "quiet", firstIndex: 0, members, window: 1, latency });
    await room.connect(adapter);
    const publishOne = async (): Promise<void> => {
      room.publish(0);
      await within(DELIVERY_MS_MAX, "a delivery to everybody", room.drained());
      await pause(PAUSE_MS);
    };
    for (let message = 0; message < WARMUP_MESSAGES; message++) await publishOne();
    latency.reset();
    const before = { delivered: room.delivered, published: room.published, frames: adapter.frames };
    const stop = context.startMeter();
    const end = performance.now() + context.seconds * 1000;
    while (performance.now() < end) await publishOne();
    const measured = {
      ...stop(),
      unit: "deliveries" as const,
      count: room.delivered - before.delivered,
      published: room.published - before.published,
      frames: adapter.frames - before.frames,
      p50Ms: latency.percentile(0.5) / 1000,
      p99Ms: latency.percentile(0.99) / 1000,
    };
    room.assertComplete();
    adapter.close();
    return measured;
  },
});

export const QUIET_SCENARIOS: readonly Scenario[] = [quiet(100, true), quiet(1_000, false)];
