import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../scripts/lib/free-port.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelLimits, channelSettings } from "../../src/server/objects/channel/limits.ts";
import { BENCH_APP } from "../contenders/wigwag/app.ts";
import { wigwagSdkAdapter } from "../contenders/wigwag/sdk-adapter.ts";
import { startWigwag } from "../contenders/wigwag/server.ts";
import { encodePayload } from "../lib/payload.ts";
import { table } from "../lib/table.ts";
import type { Connection } from "../load/adapter.ts";
import { atFixedRate } from "../load/fixed-rate.ts";
import { inParallel, pause } from "../load/parallel.ts";
import { Crowd } from "./channel/crowd.ts";
import { World } from "./channel/world.ts";
import { FAN_OUT_LIMITS } from "./elastic.ts";
import { COSTS } from "./platform/costs.ts";
import { Platform } from "./platform/platform.ts";
import { LOOPBACK } from "./platform/regions.ts";
import { sumOf } from "./platform/thread.ts";

/**
 * The same small channel twice: on a real workerd, whose objects count what they do, and on the model, whose counts the bills are made of.
 * `node bench/simulate/agree.ts`: status 1 if any of them is more than 5 % apart.
 */
const MEMBERS = 60;
const HUB_MEMBERS = 20;
/** One after the other, each looked at by the planner: then both come to the same plan. */
const JOIN_MS = 300;
const PER_SECOND = 8;
const SECONDS = 10;
const TOLERANCE = 0.05;
const SPREAD_MS_MAX = 60_000;
const SETTLED_MS = 90_000;
const CHANNEL = "agree";

/** Per message; rows only where the server counts them. */
type Counts = Readonly<Record<"calls from the hub" | "calls to the hub" | "frames" | "rows", number>>;

const real = await measured();
const model = await simulated();
const compared = (Object.keys(real) as (keyof Counts)[]).filter((name) => Number.isFinite(real[name]));
const rows = compared.map((name) => ({
  name,
  real: real[name],
  model: model[name],
  apart: Math.abs(model[name] / real[name] - 1),
}));
console.log(`${MEMBERS} members over leaves, ${PER_SECOND} messages a second for ${SECONDS} s; per message`);
console.log(
  table([
    ["", "workerd", "model", "apart"],
    ...rows.map(({ name, real: a, model: b, apart }) => [name, a.toFixed(2), b.toFixed(2), `${(apart * 100).toFixed(1)} %`]),
  ]),
);
process.exit(rows.every(({ apart }) => apart <= TOLERANCE) ? 0 : 1);

interface Load {
  readonly ownSockets: number;
  readonly sockets: number;
  readonly counters: Readonly<Record<string, number>>;
  readonly leaves: readonly { readonly frames: number }[];
}

async function measured(): Promise<Counts> {
  const directory = await mkdtemp(join(tmpdir(), "wigwag-agree-"));
  const limits = { WIGWAG_CHANNEL_HUB_MEMBERS: String(HUB_MEMBERS), WIGWAG_CHANNEL_LEAF_MEMBERS: String(HUB_MEMBERS) };
  const server = await startWigwag({ port: await freePort(), directory }, limits);
  try {
    const adapter = wigwagSdkAdapter({ url: server.url, clients: MEMBERS });
    const connections: Connection[] = [];
    await inParallel(MEMBERS, 1, async (index) => {
      await pause(JOIN_MS);
      connections[index] = await adapter.connect({ kind: "room", name: CHANNEL, index, onDeliveries: () => undefined });
    });
    const deadline = performance.now() + SPREAD_MS_MAX;
    for (let load = await loadOf(server.url); load.ownSockets > 0 || load.sockets < MEMBERS; load = await loadOf(server.url)) {
      if (performance.now() > deadline) throw new Error(`the channel is not spread: ${load.ownSockets} sockets at the hub, ${load.sockets} on leaves`);
      await pause(200);
    }
    const before = await loadOf(server.url);
    const rowsBefore = await rowsOf(server.url);
    await atFixedRate(PER_SECOND, SECONDS, (count) => connections[count % MEMBERS]?.send(encodePayload(0, count)));
    await pause(1_000);
    const after = await loadOf(server.url);
    const rowsAfter = await rowsOf(server.url);
    const messages = PER_SECOND * SECONDS;
    const since = (name: string): number => ((after.counters[name] ?? 0) - (before.counters[name] ?? 0)) / messages;
    const counts = {
      "calls from the hub": since("calls"),
      "calls to the hub": since("ups"),
      frames: (framesOf(after) - framesOf(before)) / messages,
      rows: (rowsAfter - rowsBefore) / messages,
    };
    adapter.close();
    return counts;
  } finally {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  }
}

function ask(url: string, what: string): Promise<Response> {
  return fetch(`${url}/v1/channels/message/${CHANNEL}/${what}`, { headers: { authorization: `Bearer ${BENCH_APP.apiKey}`, "x-wigwag-app": BENCH_APP.id } });
}

/** NaN where the server does not count its rows. */
async function rowsOf(url: string): Promise<number> {
  const response = await ask(url, "counters");
  if (!response.ok) return Number.NaN;
  const { rows: written } = (await response.json()) as { readonly rows: number };
  return written;
}

async function loadOf(url: string): Promise<Load> {
  const response = await ask(url, "load");
  if (!response.ok) throw new Error(`the channel does not say its load: ${response.status} ${await response.text()}`);
  return (await response.json()) as Load;
}

function framesOf({ leaves }: Load): number {
  return leaves.reduce((sum, { frames }) => sum + frames, 0);
}

async function simulated(): Promise<Counts> {
  const platform = new Platform(COSTS, LOOPBACK, 1);
  const world = new World(platform, {
    limits: { ...FAN_OUT_LIMITS, hubMembers: HUB_MEMBERS, leafMembers: HUB_MEMBERS },
    channel: channelLimits(channelSettings(DEFAULT_SETTINGS), 1),
    log: "durable",
    hubRegion: 0,
    leafRegion: () => 0,
  });
  const crowd = new Crowd(world, {
    members: MEMBERS,
    growSeconds: (MEMBERS * JOIN_MS) / 1000,
    messagesPerSecond: 0.001,
    staySeconds: Number.POSITIVE_INFINITY,
    sampled: MEMBERS,
    regionOf: () => undefined,
  });
  crowd.start();
  await platform.run(SETTLED_MS);
  for (const thread of platform.threads) thread.reset();
  const messages = PER_SECOND * SECONDS;
  for (let count = 0; count < messages; count++) platform.after((count * 1000) / PER_SECOND, () => crowd.publishFrom(count % MEMBERS));
  await platform.run(SETTLED_MS + (SECONDS + 1) * 1000);
  const of = (kind: string) => sumOf(platform.threads.filter((thread) => thread.kind === kind).map(({ tally }) => tally));
  return {
    "calls from the hub": of("hub").callsOut / messages,
    "calls to the hub": of("leaf").callsOut / messages,
    frames: of("leaf").framesOut / messages,
    rows: of("hub").rows / messages,
  };
}
