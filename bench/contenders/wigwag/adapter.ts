import { FrameTape } from "../../lib/frame-tape.ts";
import type { Adapter, AdapterOptions, Connection, Consumer, Target } from "../../load/adapter.ts";
import { inParallel, pause } from "../../load/parallel.ts";
import { Traffic } from "../../load/traffic.ts";
import { BENCH_APP } from "./app.ts";
import { type Surroundings, WigwagClient } from "./client.ts";
import { Clock } from "./clock.ts";
import { type ChannelFrame, decodeChannelFrame } from "./direct.ts";

/**
 * workerd holds two descriptors per socket and up to three per awake object. Beyond so many clients two sockets each no longer fit common
 * limits: then several devices share a user, and a session ends (without logging out) once its ticket has been used.
 */
const CLIENTS_WITH_OWN_USER = 2_500;
const DEVICES_PER_USER = 10;
/** The platform puts an object to sleep ten seconds after its last word, and closes its database: each login has one. */
export const SETTLE_MS = 11_000;

export const wigwagAdapter = (options: AdapterOptions): Adapter => adapterWith(options, "durable");
export const wigwagMemoryAdapter = (options: AdapterOptions): Adapter => adapterWith(options, "memory");

/** Our own protocol on raw sockets. */
function adapterWith({ url, clients }: AdapterOptions, log: "durable" | "memory"): Adapter {
  const crowded = clients > CLIENTS_WITH_OWN_USER;
  const tapes = new Map<string, FrameTape<ChannelFrame>>();
  const prepared = new Map<string, Promise<void>>();
  const clock = new Clock();
  const traffic = new Traffic();
  let closing = false;

  const around: Surroundings = {
    base: url.replace("http", "ws"),
    clock,
    traffic,
    // Modulo: devices of one user log in far apart, as the limit of logins per user and second wants it.
    userOf: (index) => `user-${crowded ? index % Math.ceil(clients / DEVICES_PER_USER) : index}`,
    tapeOf: (channel) => {
      const tape = tapes.get(channel) ?? new FrameTape(decodeChannelFrame);
      tapes.set(channel, tape);
      return tape;
    },
    closing: () => closing,
    prepare: (channel) => {
      const ready = prepared.get(channel) ?? (log === "memory" ? keepInMemory(url, channel) : Promise.resolve());
      prepared.set(channel, ready);
      return ready;
    },
  };

  const connect = async (target: Target): Promise<Connection> => {
    const client = new WigwagClient(target, around);
    await client.login();
    if (target.kind !== "peer" && target.kind !== "login") await client.join();
    if (crowded && target.kind !== "peer") client.endSession();
    return client;
  };

  return {
    connect,
    consume: (rooms, consumer) => consume(rooms, consumer, around),
    get frames() {
      return traffic.frames;
    },
    get bytes() {
      return traffic.bytes;
    },
    socketsPerClient: crowded ? 1 : 2,
    settleMs: SETTLE_MS,
    close: () => {
      closing = true;
      clock.stop();
    },
  };
}

/** One login has at most this many channels; they ride on its session. */
const CHANNELS_PER_LOGIN = 64;
const JOINING_MAX = 16;

async function consume(rooms: readonly string[], { index, onDeliveries }: Consumer, around: Surroundings): Promise<void> {
  const logins = Math.ceil(rooms.length / CHANNELS_PER_LOGIN);
  await inParallel(logins, JOINING_MAX, async (login) => {
    const client = new WigwagClient({ kind: "login", name: "consumer", index: index + login, onDeliveries }, around);
    await client.login();
    const channels = rooms.slice(login * CHANNELS_PER_LOGIN, (login + 1) * CHANNELS_PER_LOGIN);
    await inParallel(channels.length, JOINING_MAX, async (channel) => client.ride(channels[channel] ?? ""));
  });
}

/** What a server may configure in a second is limited. */
const TRIES_MAX = 100;
const RETRY_MS = 200;

async function keepInMemory(url: string, channel: string): Promise<void> {
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const response = await fetch(`${url}/v1/channels/message/${encodeURIComponent(channel)}`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${BENCH_APP.apiKey}`, "x-wigwag-app": BENCH_APP.id, "content-type": "application/json" },
      body: JSON.stringify({ log: "memory" }),
    });
    if (response.ok) return void (await response.body?.cancel());
    const text = await response.text();
    if (response.status !== 429) throw new Error(`${channel} could not be configured: ${response.status} ${text}`);
    await pause(RETRY_MS);
  }
  throw new Error(`${channel} could not be configured: too much, again and again`);
}
