import { Histogram } from "../lib/histogram.ts";
import { measureClosedLoop } from "../load/closed-loop.ts";
import { Pair } from "../load/pair.ts";
import { inParallel } from "../load/parallel.ts";
import { CONNECTING_MAX } from "../load/room.ts";
import { DELIVERY_COLUMNS, EVERYONE, PLAIN, type Scenario } from "./scenario.ts";
import { ratioAtLeast, type Target } from "./targets.ts";

const PAIRS = 100;

/** Each message is acknowledged by the receiver's device where the contender has such a thing: ours, and QoS 1. */
const peers = (pairs: number, window: number, rest: Pick<Scenario, "id" | "title" | "contenders" | "quick" | "targets" | "awake">): Scenario => ({
  ...rest,
  base: "bare",
  columns: DELIVERY_COLUMNS,
  ratios: pairs === 1 ? ["p50Ms"] : [],
  run: async (context) => {
    const adapter = context.adapter(2 * pairs);
    const latency = new Histogram();
    const loops = Array.from({ length: pairs }, (_, index) => new Pair({ name: `pair-${index}`, firstIndex: 2 * index, window, latency }));
    await inParallel(pairs, CONNECTING_MAX, async (index) => loops[index]?.connect(adapter));
    const measured = await measureClosedLoop({ context, adapter, loops, unit: "messages", latency });
    adapter.close();
    return measured;
  },
});

const hundred = (window: number, targets: readonly Target[]): Scenario =>
  peers(PAIRS, window, {
    id: `peers-window-${window}`,
    title: `${PAIRS} pairs at ping-pong, window ${window}`,
    contenders: EVERYONE.filter((name) => name !== "wigwag-memory"),
    quick: ["bare", "wigwag"],
    targets,
  });

export const PEER_SCENARIOS: readonly Scenario[] = [
  hundred(1, [ratioAtLeast("wigwag", "perCpuSecond", 0.25)]),
  hundred(16, [ratioAtLeast("wigwag", "perCpuSecond", 0.8)]),
  peers(1, 1, {
    id: "pair-unloaded",
    title: "one pair alone at ping-pong",
    contenders: [...PLAIN, "nats"],
    quick: [],
    targets: [],
    awake: true,
  }),
];
