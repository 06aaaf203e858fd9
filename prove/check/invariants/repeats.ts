import type { Target, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Bits } from "../model/numbers.ts";
import { type Reading, Readings } from "../model/readings.ts";

/** However often a message is submitted, a device hears it once for as long as it listens to a stream that does not begin anew. */
export const repeats = (forgottenMs: number): Invariant => ({
  rule: "PV5",
  title: "a message is delivered once per device",
  begin(): Watch {
    const found = new Found("PV5");
    const readings = new Readings();
    const memory = new Set<Target>();
    const heard = new Map<Reading, Map<Writer, Bits>>();
    return {
      see(event) {
        readings.see(event);
        if (event.is === "promised") {
          if (event.log === "memory") memory.add(event.target);
          else memory.delete(event.target);
          return;
        }
        if (event.is !== "delivery" && event.is !== "gap") return;
        const reading = readings.of(event.device, event.target);
        if (reading === undefined) return;
        if (event.is === "gap") {
          // A log in memory that began anew does not know what was not committed; one that was forgotten, by a clock that jumped, knows nothing.
          if (event.from === undefined && (memory.has(event.target) || forgottenMs === 0)) heard.delete(reading);
          return;
        }
        const own = entry(
          entry(heard, reading, () => new Map<Writer, Bits>()),
          event.writer,
          () => new Bits(),
        );
        if (!own.add(event.n)) found.add(`${event.device} heard ${event.writer} ${event.n} again`, event.at);
      },
      end: () => found.list(),
      tally: () => ({ repeated: found.count }),
    };
  },
});
