import { treeUsage } from "../lib/server-usage.ts";
import { inParallel, pause } from "../load/parallel.ts";
import { CONNECTING_MAX } from "../load/room.ts";
import { EVERYONE, type Scenario } from "./scenario.ts";

const CLIENTS = 2_000;
const CLIENTS_PER_ROOM = 10;
/** Buffers of the handshakes are given back, and objects go to sleep, within this. */
const SETTLE_MS = 12_000;
/** The server's code is warm, and its first pages are allocated, before anything is counted. */
const WARMUP_CLIENTS = 200;

/** Connect and join as fast as 64 handshakes at a time allow, then stay idle. */
export const STORM: Scenario = {
  id: "storm",
  title: `${CLIENTS} clients connect and join channels of ${CLIENTS_PER_ROOM}, then stay idle`,
  contenders: EVERYONE,
  base: "bare",
  quick: false,
  run: async (context) => {
    const adapter = context.adapter(CLIENTS + WARMUP_CLIENTS);
    const join = async (index: number): Promise<void> => {
      await adapter.connect({ kind: "room", name: `room-${Math.floor(index / CLIENTS_PER_ROOM)}`, index, onDeliveries: () => undefined });
    };
    await inParallel(WARMUP_CLIENTS, CONNECTING_MAX, join);
    const rssBefore = treeUsage(context.serverPid).rssBytes;
    const stop = context.startMeter();
    await inParallel(CLIENTS, CONNECTING_MAX, (index) => join(WARMUP_CLIENTS + index));
    const reading = stop();
    await pause(SETTLE_MS);
    const rssBytesPerConnection = (treeUsage(context.serverPid).rssBytes - rssBefore) / CLIENTS;
    adapter.close();
    return { ...reading, unit: "connections", count: CLIENTS, published: 0, frames: 0, rssBytesPerConnection };
  },
};
