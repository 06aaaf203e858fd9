import { Histogram } from "../lib/histogram.ts";
import { measureClosedLoop } from "../load/closed-loop.ts";
import { Room } from "../load/room.ts";
import { type ContenderName, EVERYONE, type Scenario } from "./scenario.ts";

interface RoomsOptions {
  readonly rooms: number;
  readonly members: number;
  readonly window: number;
  readonly kind?: "room" | "durable-room";
}

const closedLoop =
  ({ rooms: count, members, window, kind = "room" }: RoomsOptions): Scenario["run"] =>
  async (context) => {
    const adapter = context.adapter(count * members);
    const latency = new Histogram();
    const rooms = Array.from({ length: count }, (_, index) => new Room({ kind, name: `room-${index}`, firstIndex: index * members, members, window, latency }));
    for (const room of rooms) await room.connect(adapter);
    const { startMeter, warmupSeconds, seconds } = context;
    const measured = await measureClosedLoop({
      loops: rooms,
      unit: "deliveries",
      latency,
      startMeter,
      warmupSeconds,
      seconds,
      frames: () => adapter.frames,
    });
    adapter.close();
    return measured;
  };

const fanOut = (members: number, window: number, quick: boolean): Scenario => ({
  id: `fan-out-${members}`,
  title: `one channel, ${members} members, window ${window}`,
  contenders: EVERYONE,
  base: "bare",
  quick,
  run: closedLoop({ rooms: 1, members, window }),
});

const STORING: readonly ContenderName[] = ["bare-storing", "wigwag"];

export const ROOM_SCENARIOS: readonly Scenario[] = [
  fanOut(100, 64, true),
  fanOut(1_000, 16, true),
  fanOut(5_000, 8, true),
  {
    id: "channels-200",
    title: "200 channels of 10 members, window 5 each",
    contenders: EVERYONE,
    base: "bare",
    quick: true,
    run: closedLoop({ rooms: 200, members: 10, window: 5 }),
  },
  {
    id: "durable",
    title: "one channel, 100 members, window 64, every message stored before it is acknowledged",
    contenders: STORING,
    base: "bare-storing",
    quick: false,
    run: closedLoop({ rooms: 1, members: 100, window: 64, kind: "durable-room" }),
  },
];
