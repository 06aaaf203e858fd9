import { Histogram } from "../../bench/lib/histogram.ts";
import type { RunEvent, Writer } from "../record/event.ts";
import { entry } from "./model/entry.ts";
import { Numbers } from "./model/numbers.ts";
import { Recovery } from "./model/recovery.ts";

/** Milliseconds; of nothing, zeros. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What was done and measured in a run. */
export interface Figures {
  readonly events: number;
  /** From the first event to the last. */
  readonly seconds: number;
  readonly attempts: number;
  readonly acked: number;
  /** By code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly deliveries: number;
  /** Word of missing messages, by reason. */
  readonly gaps: Readonly<Record<string, number>>;
  /** By name. */
  readonly faults: Readonly<Record<string, number>>;
  readonly reconnects: number;
  /** From attempt to acknowledgement, and to each delivery. */
  readonly ackMs: Spread;
  readonly deliveryMs: Spread;
  /** From a lost link to the next one. */
  readonly recoveryMs: Spread;
  readonly killToDeliveryMs: Spread;
}

export class FiguresWatch {
  #events = 0;
  #attempts = 0;
  #acked = 0;
  #deliveries = 0;
  #reconnects = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;
  readonly #refused = new Map<string, number>();
  readonly #gaps = new Map<string, number>();
  readonly #faults = new Map<string, number>();
  readonly #saidAt = new Map<Writer, Numbers>();
  readonly #ack = new Histogram();
  readonly #delivery = new Histogram();
  readonly #recovered = new Histogram();
  readonly #recovery = new Recovery((ms) => {
    this.#reconnects += 1;
    this.#recovered.record(ms * MICROSECONDS);
  });

  see(event: RunEvent): void {
    this.#events += 1;
    this.#from = Math.min(this.#from, event.at);
    this.#to = Math.max(this.#to, event.at);
    this.#recovery.see(event);
    switch (event.is) {
      case "attempt":
        this.#attempts += 1;
        entry(this.#saidAt, event.writer, () => new Numbers()).set(event.n, event.at);
        return;
      case "ack":
        this.#acked += 1;
        return this.#since(event, this.#ack);
      case "refused":
        return count(this.#refused, event.code);
      case "delivery":
        this.#deliveries += 1;
        return this.#since(event, this.#delivery);
      case "gap":
        return count(this.#gaps, event.reason);
      case "fault":
        return count(this.#faults, event.name);
    }
  }

  end(): Figures {
    const kills = new Histogram();
    for (const { ms } of this.#recovery.kills()) kills.record(ms * MICROSECONDS);
    return {
      events: this.#events,
      seconds: this.#events === 0 ? 0 : (this.#to - this.#from) / 1000,
      attempts: this.#attempts,
      acked: this.#acked,
      refused: sorted(this.#refused),
      deliveries: this.#deliveries,
      gaps: sorted(this.#gaps),
      faults: sorted(this.#faults),
      reconnects: this.#reconnects,
      ackMs: spreadOf(this.#ack),
      deliveryMs: spreadOf(this.#delivery),
      recoveryMs: spreadOf(this.#recovered),
      killToDeliveryMs: spreadOf(kills),
    };
  }

  #since({ writer, n, at }: { readonly writer: Writer; readonly n: number; readonly at: number }, histogram: Histogram): void {
    const saidAt = this.#saidAt.get(writer)?.get(n);
    if (saidAt !== undefined) histogram.record((at - saidAt) * MICROSECONDS);
  }
}

/** A histogram's lowest bucket is 1. */
const MICROSECONDS = 1000;

const spreadOf = (histogram: Histogram): Spread => {
  const ms = (value: number): number => Math.round((value / MICROSECONDS) * 10) / 10;
  if (histogram.total === 0) return { count: 0, p50: 0, p99: 0, max: 0 };
  return { count: histogram.total, p50: ms(histogram.percentile(0.5)), p99: ms(histogram.percentile(0.99)), max: ms(histogram.max) };
};

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
