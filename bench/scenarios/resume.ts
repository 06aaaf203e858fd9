import { Histogram } from "../lib/histogram.ts";
import { Ledger } from "../lib/ledger.ts";
import { encodePayload, PAYLOAD_BYTES } from "../lib/payload.ts";
import type { Connection } from "../load/adapter.ts";
import type { Measurement } from "../load/measurement.ts";
import { inParallel, pause, within } from "../load/parallel.ts";
import { CONNECTING_MAX } from "../load/room.ts";
import type { Scenario, ScenarioContext } from "./scenario.ts";
import { valueAtMost } from "./targets.ts";

const CLIENTS = 1_000;
const MISSED = 50;
/** One after the other, as people write, and not all in one row of the log. */
const BETWEEN_MS = 10;
/** The server has seen all of them go. */
const GONE_MS = 500;
const WHOLE_MS_MAX = 30_000;
const ROUNDS = 2;

/** Everybody's network goes, 50 messages later it comes back; the round before the measured one warms up. */
async function run(context: ScenarioContext): Promise<Measurement> {
  const adapter = context.adapter(CLIENTS + 1);
  const latency = new Histogram();
  const took = new Histogram();
  let onWhole: (() => void) | undefined;
  let missing = 0;
  const lost = new Set<number>();
  // One publisher, who stays, and is the last of the members.
  const ledger = new Ledger({
    members: CLIENTS + 1,
    publishers: 1,
    window: MISSED,
    latency,
    onComplete: () => {
      missing -= 1;
      if (missing === 0) onWhole?.();
    },
  });
  const lacks = new Int32Array(CLIENTS + 1);
  const backAt = new Float64Array(CLIENTS + 1);
  const connections: Connection[] = [];
  await inParallel(CLIENTS + 1, CONNECTING_MAX, async (member) => {
    connections[member] = await adapter.connect({
      kind: "room",
      name: "resume",
      index: member,
      onDeliveries: (deliveries) => {
        if (lost.has(member)) throw new Error(`client ${member} got something while it was away`);
        const now = performance.now();
        for (const { publisher, number } of deliveries) ledger.deliver(member, publisher, number, now);
        const rest = (lacks[member] ?? 0) - deliveries.length;
        lacks[member] = rest;
        if (deliveries.length > 0 && rest === 0 && member < CLIENTS) took.record((now - (backAt[member] ?? now)) * 1000);
      },
    });
  });

  const round = async () => {
    context.phase("away");
    for (let client = 0; client < CLIENTS; client++) {
      lost.add(client);
      connections[client]?.drop();
    }
    await pause(GONE_MS);
    lacks.fill(MISSED);
    missing = MISSED;
    for (let message = 0; message < MISSED; message++) {
      connections[CLIENTS]?.send(encodePayload(0, ledger.publish(0, performance.now())));
      await pause(BETWEEN_MS);
    }
    const whole = new Promise<void>((resolve) => {
      onWhole = resolve;
    });
    took.reset();
    const bytesBefore = adapter.bytes;
    const framesBefore = adapter.frames;
    const stop = context.startMeter();
    await inParallel(CLIENTS, CONNECTING_MAX, async (client) => {
      lost.delete(client);
      backAt[client] = performance.now();
      await connections[client]?.reconnect();
    });
    await within(WHOLE_MS_MAX, "what was missed", whole);
    return { reading: stop(), bytes: adapter.bytes - bytesBefore, frames: adapter.frames - framesBefore };
  };

  for (let warmup = 1; warmup < ROUNDS; warmup++) await round();
  const { reading, bytes, frames } = await round();
  ledger.assertComplete();
  adapter.close();
  return {
    ...reading,
    unit: "deliveries",
    count: CLIENTS * MISSED,
    published: MISSED,
    frames,
    p50Ms: took.percentile(0.5) / 1000,
    p99Ms: took.percentile(0.99) / 1000,
    special: { wholeSeconds: reading.seconds, bytesPerPayloadByte: bytes / (CLIENTS * MISSED * PAYLOAD_BYTES) },
  };
}

export const RESUME: Scenario = {
  id: "resume",
  title: `${CLIENTS} clients of one channel come back at once, each having missed ${MISSED} messages`,
  contenders: ["wigwag", "wigwag-memory"],
  base: "wigwag",
  quick: ["wigwag"],
  columns: ["wholeSeconds", "bytesPerPayloadByte", "p50Ms", "p99Ms", "server", "load", "perFrame"],
  targets: [valueAtMost("wigwag", "wholeSeconds", 3), valueAtMost("wigwag", "bytesPerPayloadByte", 1.2)],
  run,
};
