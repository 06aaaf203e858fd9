import type { DeviceName, Rights, Target, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Bits, Numbers } from "../model/numbers.ts";

interface Written {
  readonly device: DeviceName;
  readonly target: Target;
  readonly saidAt: Numbers;
  /** The service must refuse these. */
  readonly forbidden: Bits;
}

/**
 * Nothing is accepted of who may not write, nor told to who may not read. Judged by when a message was said: what was said before a
 * right was taken away may be under way still.
 */
export const rights: Invariant = {
  rule: "PV16",
  title: "nothing beyond rights",
  begin(): Watch {
    const found = new Found("PV16");
    const writers = new Map<Writer, Written>();
    const held = new Map<DeviceName, Map<Target, Rights>>();
    const rightsOf = (device: DeviceName, target: Target): Rights | undefined => held.get(device)?.get(target);

    return {
      see(event) {
        if (event.is === "rights") entry(held, event.device, () => new Map<Target, Rights>()).set(event.target, event);
        // Its next life has a token of its own, and says what that does not allow.
        else if (event.is === "died") held.delete(event.device);
        else if (event.is === "attempt") {
          const { device, target, n, at } = event;
          const own = entry(writers, event.writer, () => ({ device, target, saidAt: new Numbers(), forbidden: new Bits() }));
          if (own.saidAt.get(n) === undefined) own.saidAt.set(n, at);
          if (event.forbidden === true || rightsOf(device, target)?.write === false) own.forbidden.add(n);
        } else if (event.is === "ack") {
          if (writers.get(event.writer)?.forbidden.has(event.n) === true)
            found.add(`${event.writer} ${event.n} was accepted, without the right to say it`, event.at);
        } else if (event.is === "delivery") {
          const own = writers.get(event.writer);
          if (own?.forbidden.has(event.n) === true) found.add(`${event.device} heard ${event.writer} ${event.n}, which was forbidden`, event.at);
          const reader = rightsOf(event.device, event.target);
          const saidAt = own?.saidAt.get(event.n);
          if (reader?.read === false && saidAt !== undefined && saidAt > reader.at)
            found.add(`${event.device} heard ${event.writer} ${event.n}, said when it had no right to hear ${event.target} any more`, event.at);
        }
      },
      end: () => found.list(),
    };
  },
};
