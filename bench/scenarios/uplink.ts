import { Histogram } from "../lib/histogram.ts";
import { Ledger } from "../lib/ledger.ts";
import { encodePayload } from "../lib/payload.ts";
import type { Connection } from "../load/adapter.ts";
import { type Loop, measureRounds, standstill } from "../load/closed-loop.ts";
import { atFixedRate } from "../load/fixed-rate.ts";
import { inParallel } from "../load/parallel.ts";
import { CONNECTING_MAX } from "../load/room.ts";
import { type ContenderName, type Scenario, WITHOUT_SDK } from "./scenario.ts";

const DEVICES = 1_000;
const PER_DEVICE_AND_SECOND = 1;
/** Messages of one device under way. */
const BACKLOG = 32;

const CONTENDERS: readonly ContenderName[] = WITHOUT_SDK.filter((name) => name !== "bare-joined");

/** Telemetry: what a thousand devices say goes to one who listens to all of them, a channel each. */
export const UPLINK: Scenario = {
  id: "uplink",
  title: `${DEVICES} devices, a channel and a message a second each, one consumer of all`,
  contenders: CONTENDERS,
  base: "bare",
  quick: [],
  columns: ["perSecond", "server", "load", "perFrame", "p50Ms", "p99Ms"],
  targets: [],
  awake: true,
  run: async (context) => {
    const adapter = context.adapter(2 * DEVICES);
    const latency = new Histogram();
    let onIdle: (() => void) | undefined;
    const ledger = new Ledger({
      members: 1,
      publishers: DEVICES,
      window: BACKLOG,
      latency,
      onComplete: () => {
        if (ledger.outstanding === 0) onIdle?.();
      },
    });
    const rooms = Array.from({ length: DEVICES }, (_, device) => `device-${device}`);
    const devices: Connection[] = [];
    await inParallel(DEVICES, CONNECTING_MAX, async (device) => {
      // Its own copy, where it gets one, is none of the consumer's.
      devices[device] = await adapter.connect({ kind: "device", name: rooms[device] ?? "", index: device, onDeliveries: () => undefined });
    });
    await adapter.consume(rooms, {
      index: DEVICES,
      onDeliveries: (deliveries) => {
        const now = performance.now();
        for (const { publisher, number } of deliveries) ledger.deliver(0, publisher, number, now);
      },
    });
    const loop: Loop = {
      get delivered() {
        return ledger.delivered;
      },
      get published() {
        return ledger.published;
      },
      start: () => undefined,
      drained: () =>
        new Promise((resolve) => {
          onIdle = resolve;
          if (ledger.outstanding === 0) resolve();
        }),
      assertComplete: () => ledger.assertComplete(),
    };
    const measured = await measureRounds({ context, adapter, loops: [loop], unit: "messages", latency }, async (seconds) => {
      await atFixedRate(DEVICES * PER_DEVICE_AND_SECOND, seconds, (count) => {
        const device = count % DEVICES;
        devices[device]?.send(encodePayload(device, ledger.publish(device, performance.now())));
      });
      await standstill([loop]);
    });
    adapter.close();
    return measured;
  },
};
