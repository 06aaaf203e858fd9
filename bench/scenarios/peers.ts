import { Histogram } from "../lib/histogram.ts";
import { measureClosedLoop } from "../load/closed-loop.ts";
import { Pair } from "../load/pair.ts";
import { inParallel } from "../load/parallel.ts";
import { CONNECTING_MAX } from "../load/room.ts";
import { EVERYONE, type Scenario } from "./scenario.ts";

const PAIRS = 100;

const peers = (window: number): Scenario => ({
  id: `peers-window-${window}`,
  title: `${PAIRS} pairs at ping-pong, window ${window}`,
  contenders: EVERYONE,
  base: "bare",
  quick: true,
  run: async (context) => {
    const adapter = context.adapter(2 * PAIRS);
    const latency = new Histogram();
    const pairs = Array.from({ length: PAIRS }, (_, index) => new Pair({ name: `pair-${index}`, firstIndex: 2 * index, window, latency }));
    await inParallel(PAIRS, CONNECTING_MAX, async (index) => pairs[index]?.connect(adapter));
    const { startMeter, warmupSeconds, seconds } = context;
    const measured = await measureClosedLoop({ loops: pairs, unit: "messages", latency, startMeter, warmupSeconds, seconds, frames: () => adapter.frames });
    adapter.close();
    return measured;
  },
});

export const PEER_SCENARIOS: readonly Scenario[] = [peers(1), peers(16)];
