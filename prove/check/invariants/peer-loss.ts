import type { Ack, Attempt, DeviceName, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { LossTally, type Missing, missing } from "../model/missing.ts";
import { Bits, Numbers } from "../model/numbers.ts";
import { isTold, type Reading, Readings } from "../model/readings.ts";

/** A process that is killed takes what it had heard and not written down with it. */
const UNWRITTEN_MS = 5_000;

interface Written {
  readonly target: string;
  readonly device: DeviceName;
  last: number;
  readonly said: Numbers;
  readonly acked: Numbers;
  /** Acknowledged as delivered to some device; else it waits for one. */
  readonly delivered: Bits;
  /** Promised to each device of its receiver, not only to those that were there. */
  readonly kept: Bits;
}

/**
 * An acknowledged peer message reaches a device of its user, and each device that was there before it was said and still is; unless
 * nothing was promised (delivered to none, and waiting for none), or the device was told that its inbox overflowed.
 */
export const peerLoss: Invariant = {
  rule: "PV2",
  title: "no acknowledged peer message is lost",
  begin(): Watch {
    const found = new Found("PV2");
    const tallied = new LossTally();
    const readings = new Readings();
    const writers = new Map<Writer, Written>();
    const heard = new Map<Reading, Map<Writer, Bits>>();
    const deaths = new Map<DeviceName, number[]>();

    const attempted = ({ writer, n, target, device, at, ifAbsent }: Attempt): void => {
      const own = entry(writers, writer, () => ({
        target,
        device,
        last: 0,
        said: new Numbers(),
        acked: new Numbers(),
        delivered: new Bits(),
        kept: new Bits(),
      }));
      if (own.said.get(n) === undefined) own.said.set(n, at);
      if (ifAbsent === undefined || ifAbsent === "keep") own.kept.add(n);
    };
    const acknowledged = ({ writer, n, at, delivered = 0, waiting = 0 }: Ack): void => {
      const own = writers.get(writer);
      if (own === undefined || delivered + waiting === 0) return;
      // What bridges an absence is told to who comes back in time, and to nobody else.
      if (delivered === 0 && !own.kept.has(n)) return;
      own.acked.set(n, at);
      if (delivered > 0) own.delivered.add(n);
      own.last = Math.max(own.last, n);
    };
    const mayBeUnwritten = (device: DeviceName, said: number, acked: number): boolean =>
      deaths.get(device)?.some((died) => died >= said && died <= acked + UNWRITTEN_MS) === true;

    const tell = (ranges: readonly Missing[], who: string, writer: Writer, own: Written): void => {
      for (const range of ranges) {
        const { from, to, loss } = range;
        tallied.add(range);
        found.add(`${who} heard ${writer} ${from === to ? from : `${from} to ${to}`}, acknowledged: ${loss}`, own.said.get(from));
      }
    };
    const byAnybody = (of: readonly Reading[], writer: Writer, own: Written): void => {
      const isThere = of.some((reading) => readings.isThere(reading));
      const ranges = missing(own.last, (n) => {
        const [acked, said] = [own.acked.get(n), own.said.get(n) ?? 0];
        if (acked === undefined) return "none";
        if (of.some((reading) => heard.get(reading)?.get(writer)?.has(n))) return "heard";
        if (!isThere && !own.delivered.has(n)) return "none";
        return of.some((reading) => isTold(reading, undefined, said) || mayBeUnwritten(reading.device, said, acked)) ? "none" : "lost";
      });
      tell(ranges, `no device of ${own.target} ever`, writer, own);
    };
    const byEach = (reading: Reading, writer: Writer, own: Written): void => {
      if (own.device === reading.device) return;
      const bits = heard.get(reading)?.get(writer);
      const ranges = missing(own.last, (n) => {
        const said = own.said.get(n) ?? 0;
        if (own.acked.get(n) === undefined || !own.kept.has(n) || said < reading.since) return "none";
        if (bits?.has(n)) return "heard";
        return isTold(reading, undefined, said) ? "none" : "lost";
      });
      tell(ranges, `${reading.device} never`, writer, own);
    };

    return {
      see(event) {
        readings.see(event);
        if (event.is === "died") entry(deaths, event.device, () => []).push(event.at);
        if (event.is !== "attempt" && event.is !== "ack" && event.is !== "delivery") return;
        if (!event.target.startsWith("user:")) return;
        if (event.is === "attempt") attempted(event);
        else if (event.is === "ack") acknowledged(event);
        else {
          const reading = readings.of(event.device, event.target);
          if (reading !== undefined)
            entry(
              entry(heard, reading, () => new Map<Writer, Bits>()),
              event.writer,
              () => new Bits(),
            ).add(event.n);
        }
      },
      end() {
        for (const [writer, own] of writers) {
          // The sender itself is no device that could have it.
          const of = readings.all.filter(({ target, device }) => target === own.target && device !== own.device);
          if (of.length === 0) continue;
          byAnybody(of, writer, own);
          for (const reading of of) if (readings.isThere(reading)) byEach(reading, writer, own);
        }
        return found.list();
      },
      tally: () => tallied.tally(),
    };
  },
};
