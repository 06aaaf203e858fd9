import { wigwagAdapter } from "../../../bench/contenders/wigwag/adapter.ts";
import { Histogram } from "../../../bench/lib/histogram.ts";
import { pause, within } from "../../../bench/load/parallel.ts";
import { Room } from "../../../bench/load/room.ts";
import { answerQuestions } from "../support/side-process.ts";

export interface CrowdOptions {
  readonly url: string;
  readonly channel: string;
  readonly members: number;
  readonly payloadBytes: number;
}

/** Publish at a steady pace, and say how long messages took to each member. */
export interface Pace {
  readonly seconds: number;
  readonly perSecond: number;
}

export interface Paced {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly delivered: number;
}

/** Messages that not everybody has: a pace that the server cannot keep ends the run here. */
const UNDER_WAY_MAX = 1024;
const PUBLISHERS = 8;
const DRAIN_MS_MAX = 20_000;
/** Beyond what the adapter gives two sockets each, so that this is a crowd of one socket a member. */
const CROWDED = 5_000;

/** The members of a channel who read as fast as they can, with the benchmark's ledger: each gets each message once, in order. */
answerQuestions<CrowdOptions, Pace | "join">(({ url, channel, members, payloadBytes }) => {
  const adapter = wigwagAdapter({ url, clients: CROWDED });
  const latency = new Histogram();
  const room = new Room({ kind: "room", name: channel, firstIndex: 0, members, window: UNDER_WAY_MAX, latency, payloadBytes });
  let next = 0;
  return async (question): Promise<Paced | undefined> => {
    if (question === "join") {
      await room.connect(adapter);
      return undefined;
    }
    latency.reset();
    const before = room.delivered;
    const end = performance.now() + question.seconds * 1000;
    for (let due = performance.now(); due < end; due += 1000 / question.perSecond) {
      const wait = due - performance.now();
      if (wait > 0) await pause(wait);
      room.publish(next++ % PUBLISHERS);
    }
    await within(DRAIN_MS_MAX, "a delivery to everybody", room.drained());
    room.assertComplete();
    return { p50Ms: latency.percentile(0.5) / 1000, p99Ms: latency.percentile(0.99) / 1000, delivered: room.delivered - before };
  };
});
