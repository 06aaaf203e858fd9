import type { Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Bits } from "../model/numbers.ts";
import { type Reading, Readings } from "../model/readings.ts";

interface Inversion {
  readonly device: string;
  readonly writer: Writer;
  readonly earlier: number;
  readonly later: number;
  readonly at: number;
}

/**
 * A writer's messages come in the order it said them. Of acknowledged ones: of one whose outcome nobody knew, a copy may be under way
 * on a socket that is long given up, and come whenever that one ends.
 */
export const order: Invariant = {
  rule: "PV9",
  title: "publisher order is kept",
  begin(): Watch {
    const found = new Found("PV9");
    const readings = new Readings();
    const heard = new Map<Reading, Map<Writer, number>>();
    const acked = new Map<Writer, Bits>();
    const inversions: Inversion[] = [];
    return {
      see(event) {
        readings.see(event);
        if (event.is === "ack") {
          entry(acked, event.writer, () => new Bits()).add(event.n);
          return;
        }
        if (event.is !== "delivery" && event.is !== "gap") return;
        const reading = readings.of(event.device, event.target);
        if (reading === undefined) return;
        if (event.is === "gap") {
          if (event.from === undefined) heard.delete(reading);
          return;
        }
        const { device, writer, n, at } = event;
        const own = entry(heard, reading, () => new Map<Writer, number>());
        const later = own.get(writer) ?? 0;
        if (n < later) inversions.push({ device, writer, earlier: n, later, at });
        own.set(writer, Math.max(n, later));
      },
      end() {
        for (const { device, writer, earlier, later, at } of inversions) {
          const known = acked.get(writer);
          if (known?.has(earlier) && known.has(later)) found.add(`${device} heard ${writer} ${earlier} after ${later}`, at);
        }
        return found.list();
      },
    };
  },
};
