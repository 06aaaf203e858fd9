import type { DeviceName, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Numbers } from "../model/numbers.ts";

interface Written {
  readonly device: DeviceName;
  last: number;
  readonly open: Numbers;
  readonly saidAt: Numbers;
}

/** Each attempt ends: acknowledged, or refused with a reason. Only who was killed is not told. */
export const outcomes: Invariant = {
  rule: "PV11",
  title: "every attempt has an outcome",
  begin(): Watch {
    const found = new Found("PV11");
    const writers = new Map<Writer, Written>();
    const died = new Map<DeviceName, number>();
    return {
      see(event) {
        if (event.is === "died") died.set(event.device, event.at);
        if (event.is === "attempt") {
          const own = entry(writers, event.writer, () => ({ device: event.device, last: 0, open: new Numbers(), saidAt: new Numbers() }));
          own.open.set(event.n, (own.open.get(event.n) ?? 0) + 1);
          own.saidAt.set(event.n, event.at);
          own.last = Math.max(own.last, event.n);
        } else if (event.is === "ack" || event.is === "refused") {
          const own = writers.get(event.writer);
          const open = own?.open.get(event.n) ?? 0;
          if (open === 0) found.add(`${event.writer} ${event.n} has an outcome too many: ${event.is}`, event.at);
          else own?.open.set(event.n, open - 1);
        }
      },
      end() {
        for (const [writer, { device, last, open, saidAt }] of writers) {
          for (let n = 1; n <= last; n++) {
            const at = saidAt.get(n);
            if (at === undefined || (open.get(n) ?? 0) === 0 || (died.get(device) ?? Number.NEGATIVE_INFINITY) >= at) continue;
            found.add(`${writer} ${n} has no outcome`, at);
          }
        }
        return found.list();
      },
    };
  },
};
