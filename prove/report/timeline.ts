import { Recovery } from "../check/model/recovery.ts";
import type { Fault, RunEvent } from "../record/event.ts";

/** Points of a plot: more than a wide screen has pixels would only be averaged by it. */
const POINTS = 600;
const BUCKET_MS_MIN = 250;

export interface FaultSpan {
  readonly name: string;
  readonly detail?: string;
  /** Seconds from the begin of the run; the same where it was over at once. */
  readonly from: number;
  readonly to: number;
}

/** What a run was like over time: one value of each series per bucket. */
export interface Timeline {
  readonly bucketSeconds: number;
  /** Of each second of the bucket. */
  readonly acked: readonly number[];
  readonly heard: readonly number[];
  readonly refused: readonly number[];
  /** The most devices that were away at once. */
  readonly away: readonly number[];
  /** Of those who came back then, the longest time that one was away, in seconds; none where nobody came back. */
  readonly back: readonly (number | null)[];
  readonly faults: readonly FaultSpan[];
  /** When the faults had stopped. */
  readonly calmAt?: number;
}

interface Counts {
  acked: number;
  heard: number;
  refused: number;
  away: number;
  backMs: number;
}

const nothing = (away: number): Counts => ({ acked: 0, heard: 0, refused: 0, away, backMs: 0 });

/** Collects a timeline in one pass: in small buckets first, which are joined at the end to as many as a plot shows. */
export class TimelineWatch {
  readonly #buckets: Counts[] = [];
  readonly #away = new Set<string>();
  readonly #faults: Fault[] = [];
  readonly #recovery = new Recovery((ms, at) => {
    const bucket = this.#bucket(at);
    bucket.backMs = Math.max(bucket.backMs, ms);
  });
  #startedAt: number | undefined;
  #calmAt: number | undefined;

  see(event: RunEvent): void {
    this.#startedAt ??= event.at;
    const bucket = this.#bucket(event.at);
    this.#recovery.see(event);
    switch (event.is) {
      case "ack":
        bucket.acked += 1;
        break;
      case "delivery":
        bucket.heard += 1;
        break;
      case "refused":
        bucket.refused += 1;
        break;
      case "fault":
        this.#faults.push(event);
        break;
      case "calm":
        this.#calmAt ??= event.at;
        break;
      case "died":
        this.#away.delete(event.device);
        break;
      case "link":
        if (event.target !== undefined) break;
        if (event.state === "reconnecting") this.#away.add(event.device);
        else this.#away.delete(event.device);
    }
    bucket.away = Math.max(bucket.away, this.#away.size);
  }

  end(): Timeline {
    const joined = Math.max(1, Math.ceil(this.#buckets.length / POINTS));
    const bucketSeconds = (joined * BUCKET_MS_MIN) / 1000;
    const groups = Array.from({ length: Math.ceil(this.#buckets.length / joined) }, (_, i) => this.#buckets.slice(i * joined, (i + 1) * joined));
    const rate = (name: "acked" | "heard" | "refused"): number[] =>
      groups.map((group) => Math.round((group.reduce((sum, counts) => sum + counts[name], 0) / bucketSeconds) * 10) / 10);
    return {
      bucketSeconds,
      acked: rate("acked"),
      heard: rate("heard"),
      refused: rate("refused"),
      away: groups.map((group) => Math.max(...group.map(({ away }) => away))),
      back: groups.map((group) => Math.max(...group.map(({ backMs }) => backMs))).map((ms) => (ms === 0 ? null : Math.round(ms) / 1000)),
      faults: this.#faults.map((fault) => ({
        name: fault.name,
        ...(fault.detail !== undefined && { detail: fault.detail }),
        from: this.#seconds(fault.at),
        to: this.#seconds(fault.until ?? this.#startedAgain(fault) ?? fault.at),
      })),
      ...(this.#calmAt !== undefined && { calmAt: this.#seconds(this.#calmAt) }),
    };
  }

  /** A service that was killed, or makes place for a newer build, is down until it is started. */
  #startedAgain({ name, at }: Fault): number | undefined {
    return /^(kill|deploy)/.test(name) ? this.#faults.find((other) => other.name === "start" && other.at >= at)?.at : undefined;
  }

  #bucket(at: number): Counts {
    const index = Math.max(0, Math.floor((at - (this.#startedAt ?? at)) / BUCKET_MS_MIN));
    // Nothing may happen for a while: those who are away are away all the same.
    while (this.#buckets.length <= index) this.#buckets.push(nothing(this.#away.size));
    return this.#buckets[index] ?? nothing(0);
  }

  #seconds(at: number): number {
    return Math.round(at - (this.#startedAt ?? at)) / 1000;
  }
}
