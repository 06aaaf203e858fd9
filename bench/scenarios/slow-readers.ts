import { Histogram } from "../lib/histogram.ts";
import { treeUsage } from "../lib/server-usage.ts";
import type { Connection } from "../load/adapter.ts";
import { measureClosedLoop } from "../load/closed-loop.ts";
import { inParallel, pause } from "../load/parallel.ts";
import { CONNECTING_MAX, Room } from "../load/room.ts";
import type { Scenario } from "./scenario.ts";
import { ratioAtLeast, valueAtLeast } from "./targets.ts";

const MEMBERS = 200;
const SLOW = 20;
const WINDOW = 16;
/** Large enough that a reader who reads nothing soon owes a megabyte. */
const PAYLOAD_BYTES = 4_096;
const NOTICE_MS = 500;

/** A tenth of the members read nothing at all: what becomes of the others, of the server's memory, and of them. */
export const SLOW_READERS: Scenario = {
  id: "slow-readers",
  title: `one channel, ${MEMBERS} members and ${SLOW} more who read nothing, messages of ${PAYLOAD_BYTES} bytes, window ${WINDOW}`,
  contenders: ["bare", "wigwag", "ws", "socketio", "nats"],
  base: "bare",
  quick: [],
  columns: ["perSecond", "server", "load", "perFrame", "p50Ms", "p99Ms", "rssGrowthMb", "slowClosed"],
  secondsMin: 4,
  targets: [ratioAtLeast("wigwag", "perCpuSecond", 1), valueAtLeast("wigwag", "slowClosed", 1)],
  run: async (context) => {
    const adapter = context.adapter(MEMBERS + SLOW);
    const latency = new Histogram();
    const room = new Room({ kind: "room", name: "hot", firstIndex: 0, members: MEMBERS, window: WINDOW, latency, payloadBytes: PAYLOAD_BYTES });
    await room.connect(adapter);
    let closed = 0;
    const slow: Connection[] = [];
    await inParallel(SLOW, CONNECTING_MAX, async (index) => {
      slow[index] = await adapter.connect({
        kind: "room",
        name: "hot",
        index: MEMBERS + index,
        onDeliveries: () => undefined,
        onClosed: () => {
          closed += 1;
        },
      });
    });
    const rssBefore = treeUsage(context.serverPid).rssBytes;
    for (const connection of slow) connection.pause();
    const measured = await measureClosedLoop({ context, adapter, loops: [room], unit: "deliveries", latency });
    const rssGrowthBytes = treeUsage(context.serverPid).rssBytes - rssBefore;
    // A socket that nobody reads does not notice its end; what has come until then is read now, and must go on where it stood.
    context.phase("slow readers read");
    for (const connection of slow) connection.unpause();
    await pause(NOTICE_MS);
    adapter.close();
    return { ...measured, special: { rssGrowthBytes, slowClosed: closed / SLOW } };
  },
};
