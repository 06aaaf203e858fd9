import type { Invariant, Watch } from "../invariant.ts";
import { Found } from "../model/found.ts";
import { Recovery } from "../model/recovery.ts";

/** Where a bound is given, somebody hears something again within it after each kill of the service. */
export function swift(withinMs: number): Invariant {
  return {
    rule: "PV20",
    title: "the service is back in time",
    begin(): Watch {
      const recovery = new Recovery();
      return {
        see: (event) => recovery.see(event),
        end() {
          const found = new Found("PV20");
          for (const { at, ms } of recovery.kills())
            if (ms > withinMs) found.add(`nothing was heard for ${Math.round(ms)} ms after a kill, ${withinMs} are allowed`, at);
          return found.list();
        },
      };
    },
  };
}
