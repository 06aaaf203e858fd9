import { Histogram } from "../lib/histogram.ts";
import { treeUsage } from "../lib/server-usage.ts";
import type { Connection, TargetKind } from "../load/adapter.ts";
import { inParallel, pause } from "../load/parallel.ts";
import { CONNECTING_MAX } from "../load/room.ts";
import { type ContenderName, PLAIN, type Scenario, type ScenarioContext } from "./scenario.ts";
import { ratioAtLeast, ratioAtMost } from "./targets.ts";

const CLIENTS = 2_000;
const CLIENTS_PER_ROOM = 10;
/** Buffers of the handshakes are given back, and objects go to sleep, within this. */
const SETTLE_MS = 12_000;
/** workerd puts objects out of memory after 10 s without an event. */
const EVICTED_MS = 12_000;
/** The server's code is warm, and its first pages are allocated, before anything is counted. */
const WARMUP_CLIENTS = 200;
/** Sockets that come and go at once: what is closed is forgotten before the next come. */
const BETWEEN_MS = 500;

const CONTENDERS: readonly ContenderName[] = [...PLAIN, "mosquitto-qos0", "nats"];
const STORM_COLUMNS = ["perSecond", "server", "load", "p50Ms", "p99Ms"] as const;

const roomOf = (index: number): string => `room-${Math.floor(index / CLIENTS_PER_ROOM)}`;

async function connectAll(context: ScenarioContext, kind: TargetKind) {
  const adapter = context.adapter(CLIENTS + WARMUP_CLIENTS);
  const took = new Histogram();
  const connections: Connection[] = [];
  const open = async (index: number): Promise<void> => {
    const startedAt = performance.now();
    connections[index] = await adapter.connect({ kind, name: roomOf(index), index, onDeliveries: () => undefined });
    took.record((performance.now() - startedAt) * 1000);
  };
  context.phase("warm-up");
  await inParallel(WARMUP_CLIENTS, CONNECTING_MAX, open);
  const rssBefore = treeUsage(context.serverPid).rssBytes;
  took.reset();
  const stop = context.startMeter();
  await inParallel(CLIENTS, CONNECTING_MAX, (index) => open(WARMUP_CLIENTS + index));
  const measured = result(stop(), took);
  return { adapter, connections, rssBefore, measured };
}

const result = (reading: ReturnType<ReturnType<ScenarioContext["startMeter"]>>, took: Histogram) => ({
  ...reading,
  unit: "connections" as const,
  count: CLIENTS,
  published: 0,
  frames: 0,
  p50Ms: took.percentile(0.5) / 1000,
  p99Ms: took.percentile(0.99) / 1000,
});

/** All of `connections` open again what they had, or a part of it. */
async function reconnectAll(context: ScenarioContext, connections: readonly Connection[], part?: "channel") {
  const took = new Histogram();
  const stop = context.startMeter();
  await inParallel(CLIENTS, CONNECTING_MAX, async (index) => {
    const startedAt = performance.now();
    await connections[WARMUP_CLIENTS + index]?.reconnect(part);
    took.record((performance.now() - startedAt) * 1000);
  });
  return result(stop(), took);
}

/** Connect, authenticate and join as fast as 64 handshakes at a time allow, then stay idle. */
const NEW_USERS: Scenario = {
  id: "storm",
  title: `${CLIENTS} new clients connect, log in and join channels of ${CLIENTS_PER_ROOM}, then stay idle`,
  contenders: CONTENDERS,
  base: "bare",
  quick: [],
  columns: [...STORM_COLUMNS, "kbPerClient", "kbPerSocket"],
  ratios: ["kbPerSocket"],
  targets: [ratioAtLeast("wigwag", "perCpuSecond", 0.35), ratioAtMost("wigwag", "kbPerSocket", 1.15)],
  run: async (context) => {
    const { adapter, measured, rssBefore } = await connectAll(context, "room");
    context.phase("idle");
    await pause(SETTLE_MS);
    const rssBytesPerClient = (treeUsage(context.serverPid).rssBytes - rssBefore) / CLIENTS;
    adapter.close();
    return { ...measured, special: { rssBytesPerClient, rssBytesPerSocket: rssBytesPerClient / adapter.socketsPerClient } };
  },
};

/** The session alone: token, device, welcome. */
const SESSION_ALONE: Scenario = {
  id: "storm-session",
  title: `${CLIENTS} new clients connect and log in: the session's socket alone`,
  contenders: ["bare", "bare-user", "wigwag"],
  base: "bare",
  quick: [],
  columns: [...STORM_COLUMNS, "kbPerSocket"],
  ratios: ["kbPerSocket"],
  targets: [ratioAtLeast("wigwag", "perCpuSecond", 0.7)],
  run: async (context) => {
    const { adapter, measured, rssBefore } = await connectAll(context, "login");
    context.phase("idle");
    await pause(SETTLE_MS);
    const rssBytesPerSocket = (treeUsage(context.serverPid).rssBytes - rssBefore) / CLIENTS;
    adapter.close();
    return { ...measured, special: { rssBytesPerSocket } };
  },
};

/** A ticket in hand: the channel's socket alone, while the sessions stay. */
const CHANNEL_ALONE: Scenario = {
  id: "storm-channel",
  title: `${CLIENTS} clients with a ticket in hand come back to channels of ${CLIENTS_PER_ROOM}: the channel's socket alone`,
  contenders: ["bare", "wigwag"],
  base: "bare",
  quick: [],
  columns: STORM_COLUMNS,
  targets: [ratioAtLeast("wigwag", "perCpuSecond", 0.7)],
  run: async (context) => {
    const { adapter, connections } = await connectAll(context, "room");
    context.phase("drop");
    for (const connection of connections) connection.drop("channel");
    await pause(BETWEEN_MS);
    const measured = await reconnectAll(context, connections, "channel");
    adapter.close();
    return measured;
  },
};

/** Everything was lost, and so long ago that no object is in memory any more. */
const RETURNING_USERS: Scenario = {
  id: "storm-returning",
  title: `${CLIENTS} known clients come back to channels of ${CLIENTS_PER_ROOM}, session and channel side by side, after their objects were put out of memory`,
  contenders: ["bare", "wigwag"],
  base: "bare",
  quick: [],
  columns: STORM_COLUMNS,
  targets: [ratioAtLeast("wigwag", "perCpuSecond", 0.35)],
  run: async (context) => {
    const { adapter, connections } = await connectAll(context, "room");
    context.phase("away");
    for (const connection of connections) connection.drop();
    await pause(EVICTED_MS);
    const measured = await reconnectAll(context, connections);
    adapter.close();
    return measured;
  },
};

export const STORM_SCENARIOS: readonly Scenario[] = [NEW_USERS, SESSION_ALONE, CHANNEL_ALONE, RETURNING_USERS];
