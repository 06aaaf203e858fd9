import type { DeviceName, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Bits, Numbers } from "../model/numbers.ts";
import { type Reading, Readings } from "../model/readings.ts";

interface Written {
  readonly acked: Bits;
  /** Of peer messages that need not be kept for who is away: when each was said. */
  readonly passing: Numbers;
}

interface Inversion {
  readonly device: string;
  readonly writer: Writer;
  readonly earlier: number;
  readonly later: number;
  readonly at: number;
}

/**
 * A writer's messages come in the order it said them. Of acknowledged ones: of one whose outcome nobody knew, a copy may be under way
 * on a socket that is long given up, and come whenever that one ends. And of those that wait for who is away: one that does not is
 * not there when the device comes back, and comes when it is submitted again. What an earlier life of the device has heard may come
 * again to the next one, which knows nothing of it, when nobody is left who knows that it was heard.
 */
export const order: Invariant = {
  rule: "PV9",
  title: "publisher order is kept",
  begin(): Watch {
    const found = new Found("PV9");
    const readings = new Readings();
    const heard = new Map<Reading, Map<Writer, number>>();
    const written = new Map<Writer, Written>();
    /** Over all lives of a device. */
    const heardEver = new Map<DeviceName, Map<Writer, Bits>>();
    /** When each device was last away. */
    const away = new Map<DeviceName, number>();
    const of = (writer: Writer): Written => entry(written, writer, () => ({ acked: new Bits(), passing: new Numbers() }));
    const inversions: Inversion[] = [];
    return {
      see(event) {
        readings.see(event);
        if (event.is === "link" && event.target === undefined) away.set(event.device, event.at);
        if (event.is === "ack") of(event.writer).acked.add(event.n);
        if (event.is === "attempt" && event.ifAbsent !== undefined && event.ifAbsent !== "keep") of(event.writer).passing.set(event.n, event.at);
        if (event.is !== "delivery" && event.is !== "gap") return;
        const reading = readings.of(event.device, event.target);
        if (reading === undefined) return;
        if (event.is === "gap") {
          if (event.from === undefined) heard.delete(reading);
          return;
        }
        const { device, writer, n, at } = event;
        const ever = entry(
          entry(heardEver, device, () => new Map<Writer, Bits>()),
          writer,
          () => new Bits(),
        );
        const isRepeat = !ever.add(n);
        const own = entry(heard, reading, () => new Map<Writer, number>());
        const later = own.get(writer) ?? 0;
        const saidAt = of(writer).passing.get(n);
        const missed = saidAt !== undefined && saidAt < (away.get(device) ?? Number.NEGATIVE_INFINITY);
        if (n < later && !missed && !isRepeat) inversions.push({ device, writer, earlier: n, later, at });
        own.set(writer, Math.max(n, later));
      },
      end() {
        for (const { device, writer, earlier, later, at } of inversions) {
          const { acked } = of(writer);
          if (acked.has(earlier) && acked.has(later)) found.add(`${device} heard ${writer} ${earlier} after ${later}`, at);
        }
        return found.list();
      },
    };
  },
};
