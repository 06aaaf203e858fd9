import type { Target, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Bits, Numbers } from "../model/numbers.ts";

interface Written {
  readonly target: Target;
  last: number;
  readonly stored: Bits;
  readonly acked: Numbers;
}

/**
 * What was acknowledged and was to be kept stands in history once; and nothing that was not to be kept. A channel that a clock which jumped
 * let be forgotten does not know what it has kept.
 */
export const history = (forgottenMs: number): Invariant => ({
  rule: "PV3",
  title: "history holds what was acknowledged, once",
  begin(): Watch {
    const found = new Found("PV3");
    const mayForget = forgottenMs === 0;
    const writers = new Map<Writer, Written>();
    return {
      see(event) {
        if (event.is === "attempt") {
          const own = entry(writers, event.writer, () => ({ target: event.target, last: 0, stored: new Bits(), acked: new Numbers() }));
          if (event.stored === true) own.stored.add(event.n);
        } else if (event.is === "ack") {
          const own = writers.get(event.writer);
          if (own?.stored.has(event.n) !== true || own.acked.get(event.n) !== undefined) return;
          own.acked.set(event.n, event.at);
          own.last = Math.max(own.last, event.n);
        } else if (event.is === "drained") {
          const items = new Map<Writer, Bits>();
          for (const { writer, n } of event.items) {
            const isNew = entry(items, writer, () => new Bits()).add(n);
            if (!isNew && !(mayForget && event.target.startsWith("channel:"))) found.add(`history of ${event.target} holds ${writer} ${n} twice`, event.at);
            if (writers.get(writer)?.stored.has(n) !== true) found.add(`history of ${event.target} holds ${writer} ${n}, which was not to be kept`, event.at);
          }
          for (const [writer, { target, stored, acked, last }] of writers) {
            if (target !== event.target) continue;
            for (let n = 1; n <= last; n++) {
              const at = acked.get(n);
              if (at === undefined || at > event.at || !stored.has(n) || items.get(writer)?.has(n)) continue;
              found.add(`history of ${target} lacks ${writer} ${n}, acknowledged`, at);
            }
          }
        }
      },
      end: () => found.list(),
    };
  },
});
