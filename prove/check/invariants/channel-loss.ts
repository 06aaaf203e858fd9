import type { Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { LossTally, missing } from "../model/missing.ts";
import { Bits, Numbers } from "../model/numbers.ts";
import { Places } from "../model/places.ts";
import { isTold, type Reading, Readings } from "../model/readings.ts";

interface Written {
  readonly target: string;
  last: number;
  readonly said: Numbers;
  readonly acked: Bits;
  /** From whoever knew it: the acknowledgement, a reader, history. */
  readonly places: Numbers;
}

/** A channel's acknowledged message reaches everybody who listened since before it was said, and still does, unless it was told otherwise. */
export const channelLoss: Invariant = {
  rule: "PV1",
  title: "no acknowledged channel message is lost",
  begin(): Watch {
    const found = new Found("PV1");
    const lost = new LossTally();
    const readings = new Readings();
    const places = new Places();
    const writers = new Map<Writer, Written>();
    const heard = new Map<Reading, Map<Writer, Bits>>();
    const written = (writer: Writer, target: string): Written =>
      entry(writers, writer, () => ({ target, last: 0, said: new Numbers(), acked: new Bits(), places: new Numbers() }));

    const fate = (reading: Reading, own: Bits | undefined, { acked, said, places: known }: Written, n: number): "heard" | "lost" | "none" => {
      if (!acked.has(n)) return "none";
      if (own?.has(n)) return "heard";
      const at = known.get(n);
      const place = at === undefined ? undefined : places.read(at);
      const saidAt = said.get(n) ?? Number.NEGATIVE_INFINITY;
      const after = place !== undefined && place.epoch === reading.start.epoch ? place.seq > (reading.start.seq ?? 0) : saidAt >= reading.since;
      return after && !isTold(reading, place, saidAt) ? "lost" : "none";
    };

    return {
      see(event) {
        readings.see(event);
        if (event.is === "drained") {
          for (const item of event.items) {
            const place = places.of(item);
            if (place !== undefined) written(item.writer, event.target).places.set(item.n, place);
          }
          return;
        }
        if (event.is !== "attempt" && event.is !== "ack" && event.is !== "delivery") return;
        if (!event.target.startsWith("channel:")) return;
        const { writer, n } = event;
        const own = written(writer, event.target);
        if (event.is === "attempt") {
          if (own.said.get(n) === undefined) own.said.set(n, event.at);
          return;
        }
        const place = places.of(event);
        if (place !== undefined) own.places.set(n, place);
        if (event.is === "ack") {
          own.acked.add(n);
          own.last = Math.max(own.last, n);
          return;
        }
        const reading = readings.of(event.device, event.target);
        if (reading !== undefined)
          entry(
            entry(heard, reading, () => new Map<Writer, Bits>()),
            writer,
            () => new Bits(),
          ).add(n);
      },
      end() {
        for (const reading of readings.all) {
          if (!reading.target.startsWith("channel:") || !readings.isThere(reading)) continue;
          for (const [writer, own] of writers) {
            if (own.target !== reading.target) continue;
            const bits = heard.get(reading)?.get(writer);
            for (const range of missing(own.last, (n) => fate(reading, bits, own, n))) {
              const { from, to, loss } = range;
              lost.add(range);
              found.add(`${reading.device} never heard ${writer} ${from === to ? from : `${from} to ${to}`}, acknowledged: ${loss}`, own.said.get(from));
            }
          }
        }
        return found.list();
      },
      tally: () => lost.tally(),
    };
  },
};
