import type { Delivery } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { Found } from "../model/found.ts";
import { isTold, type Reading, Readings } from "../model/readings.ts";

/** Seqs that a device passed over; whether it was told so may come after them. */
interface Hole {
  readonly reading: Reading;
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/**
 * What a device hears of a stream begins where it joined and rises by one, and an epoch ends only with word of it. Every seq of a
 * channel is a message for every member, so each that is passed over has to be told as missing.
 */
export const stream: Invariant = {
  rule: "PV8",
  title: "no untold gap, inversion or repeat in a stream",
  begin(): Watch {
    const found = new Found("PV8");
    const readings = new Readings();
    const holes: Hole[] = [];

    const follow = (reading: Reading, { device, target, epoch, seq, at }: Delivery): void => {
      const { position } = reading;
      if (epoch === undefined || seq === undefined || position.seq === undefined || position.epoch === undefined) return;
      if (epoch !== position.epoch)
        return found.add(`${device} was at ${position.epoch}.${position.seq} of ${target}, then hears ${epoch}.${seq} without a word`, at);
      if (seq <= position.seq) return found.add(`${device} hears ${epoch}.${seq} of ${target} after ${position.seq}`, at);
      if (seq > position.seq + 1) holes.push({ reading, epoch, from: position.seq + 1, to: seq - 1, at });
    };

    return {
      see(event) {
        if (event.is === "delivery") {
          const reading = readings.of(event.device, event.target);
          if (reading !== undefined) follow(reading, event);
        }
        readings.see(event);
      },
      end() {
        for (const { reading, epoch, from, to, at } of holes) {
          let seq = from;
          while (seq <= to && isTold(reading, { epoch, seq }, Number.POSITIVE_INFINITY)) seq += 1;
          if (seq <= to) found.add(`${reading.device} hears nothing of ${reading.target} from ${epoch}.${seq} to ${to}, and was not told`, at);
        }
        return found.list();
      },
      tally: () => ({ "untold gaps": found.count }),
    };
  },
};
