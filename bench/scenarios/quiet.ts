import { Histogram } from "../lib/histogram.ts";
import { measureRounds } from "../load/closed-loop.ts";
import { pause, within } from "../load/parallel.ts";
import { Room } from "../load/room.ts";
import { DELIVERY_COLUMNS, PLAIN, type Scenario } from "./scenario.ts";
import { ratioAtMost, type Target } from "./targets.ts";

const DELIVERY_MS_MAX = 10_000;

interface QuietOptions {
  readonly members: number;
  /** From one message to the next, at least: longer than any window in which a server may be collecting. */
  readonly everyMs: number;
  readonly secondsMin: number;
  readonly quick: boolean;
  readonly targets: readonly Target[];
}

/** One message at a time: what a server's joining of frames costs when there is nothing to join. */
const quiet = ({ members, everyMs, secondsMin, quick, targets }: QuietOptions): Scenario => ({
  id: `quiet-${members}`,
  title: `quiet channel, ${members} members, one message every ${everyMs} ms`,
  contenders: PLAIN,
  base: "bare",
  quick: quick ? ["bare", "wigwag"] : [],
  columns: DELIVERY_COLUMNS,
  ratios: ["p50Ms", "p99Ms"],
  targets,
  awake: true,
  secondsMin,
  run: async (context) => {
    const adapter = context.adapter(members);
    const latency = new Histogram();
    const room = new Room({ kind: "room", name: "quiet", firstIndex: 0, members, window: 1, latency });
    await room.connect(adapter);
    const measured = await measureRounds({ context, adapter, loops: [room], unit: "deliveries", latency }, async (seconds) => {
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end) {
        const next = performance.now() + everyMs;
        room.publish(0);
        await within(DELIVERY_MS_MAX, "a delivery to everybody", room.drained());
        await pause(Math.max(0, next - performance.now()));
      }
    });
    adapter.close();
    return measured;
  },
});

export const QUIET_SCENARIOS: readonly Scenario[] = [
  quiet({ members: 100, everyMs: 50, secondsMin: 2, quick: true, targets: [] }),
  quiet({
    members: 1_000,
    everyMs: 1_000,
    secondsMin: 10,
    quick: false,
    targets: [ratioAtMost("wigwag", "p50Ms", 1.15), ratioAtMost("wigwag", "p99Ms", 1.15)],
  }),
];
