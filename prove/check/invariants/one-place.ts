import type { MessageName, Place, Target, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Numbers } from "../model/numbers.ts";
import { Places } from "../model/places.ts";

/**
 * A message has one place in its stream, whoever says so: acknowledgement, devices, history. Where the log is in memory, one in each
 * epoch: what was not committed when the service died is submitted again. Likewise where a clock jumps: a stream that is forgotten begins
 * anew. History names no epoch, so of it the seq alone is compared, and where a stream may have been forgotten, nothing.
 */
export const onePlace = (forgottenMs: number): Invariant => ({
  rule: "PV6",
  title: "a message has one place",
  begin(): Watch {
    const found = new Found("PV6");
    const places = new Places();
    const memory = new Set<Target>();
    const known = new Map<Writer, Numbers>();
    const mayForget = (target: Target): boolean => forgottenMs === 0 && target.startsWith("channel:");

    const place = (target: Target, { writer, n, epoch, seq }: MessageName & Place, by: string, at: number): void => {
      if (seq === undefined) return;
      const own = entry(known, writer, () => new Numbers());
      const before = own.get(n);
      const now = places.of({ epoch, seq });
      if (before === undefined) {
        if (now !== undefined) own.set(n, now);
        return;
      }
      const was = places.read(before);
      if (was.seq === seq && (now === undefined || now === before)) return;
      if ((memory.has(target) || mayForget(target)) && now !== undefined && was.epoch !== epoch) return own.set(n, now);
      found.add(`${writer} ${n} stands at ${places.show(before)}, and at ${epoch ?? "?"}.${seq} as ${by} has it`, at);
    };

    return {
      see(event) {
        if (event.is === "promised") {
          if (event.log === "memory") memory.add(event.target);
          else memory.delete(event.target);
        } else if (event.is === "ack") place(event.target, event, `the acknowledgement of ${event.device}`, event.at);
        else if (event.is === "delivery") place(event.target, event, event.device, event.at);
        else if (event.is === "drained" && !mayForget(event.target)) for (const item of event.items) place(event.target, item, "history", event.at);
      },
      end: () => found.list(),
    };
  },
});
