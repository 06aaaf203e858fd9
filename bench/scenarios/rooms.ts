import { Histogram } from "../lib/histogram.ts";
import { measureClosedLoop } from "../load/closed-loop.ts";
import { pause } from "../load/parallel.ts";
import { Room } from "../load/room.ts";
import { type ContenderName, DELIVERY_COLUMNS, EVERYONE, type Scenario, WITHOUT_SDK } from "./scenario.ts";
import { above, ratioAtLeast } from "./targets.ts";

interface RoomsOptions {
  readonly rooms: number;
  readonly members: number;
  readonly window: number;
}

const closedLoop =
  ({ rooms: count, members, window }: RoomsOptions): Scenario["run"] =>
  async (context) => {
    const adapter = context.adapter(count * members);
    const latency = new Histogram();
    const rooms = Array.from({ length: count }, (_, index) => {
      return new Room({ kind: "room", name: `room-${index}`, firstIndex: index * members, members, window, latency });
    });
    for (const room of rooms) await room.connect(adapter);
    if (context.settles) {
      context.phase("settling");
      await pause(adapter.settleMs);
    }
    const measured = await measureClosedLoop({ context, adapter, loops: rooms, unit: "deliveries", latency });
    adapter.close();
    return measured;
  };

/** Those that the issue of speed is about: whoever is above them is above all that are written in a language with a garbage collector. */
const RIVALS: readonly ContenderName[] = ["ws", "socketio", "mosquitto-qos0", "mosquitto-qos1"];

const fanOut = (members: number, window: number, ratio: number): Scenario => ({
  id: `fan-out-${members}`,
  title: `one channel, ${members} members, window ${window}`,
  contenders: members > 1_000 ? WITHOUT_SDK : EVERYONE,
  base: "bare",
  quick: members === 1_000 ? ["bare", "wigwag"] : ["bare", "wigwag", "ws"],
  columns: DELIVERY_COLUMNS,
  targets: [ratioAtLeast("wigwag", "perCpuSecond", ratio), above("wigwag", ...RIVALS)],
  run: closedLoop({ rooms: 1, members, window }),
});

export const ROOM_SCENARIOS: readonly Scenario[] = [
  fanOut(100, 64, 25),
  fanOut(1_000, 16, 9.5),
  fanOut(5_000, 8, 8),
  {
    id: "channels-200",
    title: "200 channels of 10 members, window 5 each",
    contenders: EVERYONE,
    base: "bare",
    quick: ["bare", "wigwag", "socketio"],
    columns: DELIVERY_COLUMNS,
    targets: [ratioAtLeast("wigwag", "perCpuSecond", 2.5), ratioAtLeast("wigwag-memory", "perCpuSecond", 4), above("wigwag-memory", "socketio")],
    run: closedLoop({ rooms: 200, members: 10, window: 5 }),
  },
];
