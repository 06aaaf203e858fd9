import { Histogram } from "../lib/histogram.ts";
import { measureRounds, standstill } from "../load/closed-loop.ts";
import { atFixedRate } from "../load/fixed-rate.ts";
import { Room } from "../load/room.ts";
import { DELIVERY_COLUMNS, PLAIN, type Scenario } from "./scenario.ts";
import { ratioAtMost } from "./targets.ts";

const PUBLISHERS = 8;
const SHARE = 0.2;
/** Messages of one publisher under way: a server that needs more does not keep up with a fifth of what the base can do. */
const BACKLOG = 1_024;

/** A fifth of what the bare object can do, evenly: how much later the worst of the deliveries come where there is order and a log. */
const moderate = (members: number, quick: boolean): Scenario => ({
  id: `rate-20-${members}`,
  title: `one channel, ${members} members, at ${SHARE * 100} % of the bare object's maximum`,
  contenders: [...PLAIN, "wigwag-memory"],
  base: "bare",
  quick: quick ? ["bare", "wigwag"] : [],
  columns: DELIVERY_COLUMNS,
  ratios: ["p50Ms", "p99Ms"],
  targets: [ratioAtMost("wigwag", "p99Ms", 1.5)],
  rate: { scenario: `fan-out-${members}`, share: SHARE },
  awake: true,
  secondsMin: 4,
  run: async (context) => {
    const { ratePerSecond } = context;
    if (ratePerSecond === undefined) throw new Error("the maximum of the base is not known");
    const adapter = context.adapter(members);
    const latency = new Histogram();
    const room = new Room({ kind: "room", name: "moderate", firstIndex: 0, members, window: PUBLISHERS, latency, backlog: BACKLOG });
    await room.connect(adapter);
    const measured = await measureRounds({ context, adapter, loops: [room], unit: "deliveries", latency }, async (seconds) => {
      await atFixedRate(ratePerSecond, seconds, (count) => room.publish(count % room.publishers));
      await standstill([room]);
    });
    adapter.close();
    return measured;
  },
});

export const MODERATE_SCENARIOS: readonly Scenario[] = [moderate(100, true), moderate(1_000, false)];
