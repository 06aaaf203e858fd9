import { Histogram } from "../lib/histogram.ts";
import { measureClosedLoop, standstill } from "../load/closed-loop.ts";
import { atFixedRate } from "../load/fixed-rate.ts";
import { Room } from "../load/room.ts";
import type { Scenario } from "./scenario.ts";
import { ratioAtLeast, valueAtLeast, valueAtMost } from "./targets.ts";

const MEMBERS = 100;
const WINDOW = 64;
const HALF = 0.5;
/** Messages of one publisher under way at half load: whoever needs more does not keep up with it. */
const BACKLOG = 2_048;

/** As many as can be stored with 64 under way; then half as many, to see how long an acknowledgement takes. */
export const DURABLE: Scenario = {
  id: "durable",
  title: `one channel, ${MEMBERS} members, window ${WINDOW}, every message stored before it is acknowledged; then half of that rate`,
  contenders: ["bare-storing", "wigwag"],
  base: "bare-storing",
  quick: [],
  columns: ["publishedPerSecond", "ackP50Ms", "ackP99Ms", "server", "load", "perFrame", "p50Ms", "p99Ms"],
  targets: [valueAtLeast("wigwag", "publishedPerSecond", 8_000), valueAtMost("wigwag", "ackP99Ms", 25), ratioAtLeast("wigwag", "publishedPerSecond", 1)],
  run: async (context) => {
    const adapter = context.adapter(MEMBERS);
    const latency = new Histogram();
    const echo = new Histogram();
    const room = new Room({ kind: "durable-room", name: "durable", firstIndex: 0, members: MEMBERS, window: WINDOW, latency, echo, backlog: BACKLOG });
    await room.connect(adapter);
    const full = await measureClosedLoop({ context, adapter, loops: [room], unit: "deliveries", latency });
    const publishedPerSecond = full.published / full.seconds;
    const atHalf = async (seconds: number): Promise<void> => {
      await atFixedRate(HALF * publishedPerSecond, seconds, (count) => room.publish(count % room.publishers));
      await standstill([room]);
    };
    await atHalf(context.warmupSeconds);
    echo.reset();
    context.phase("half load");
    await atHalf(context.seconds);
    context.phase("end");
    adapter.close();
    return { ...full, special: { publishedPerSecond, ackP50Ms: echo.percentile(0.5) / 1000, ackP99Ms: echo.percentile(0.99) / 1000 } };
  },
};
