import type { Gauge } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";

/** What grew in the storm is back where it began, but for the slack it was given. The last word of each `when` counts. */
export const gauges: Invariant = {
  rule: "PV17",
  title: "sizes come back to where they began",
  begin(): Watch {
    const seen = new Map<string, Map<Gauge["when"], Gauge>>();
    return {
      see(event) {
        if (event.is === "gauge") entry(seen, event.name, () => new Map<Gauge["when"], Gauge>()).set(event.when, event);
      },
      end() {
        const found = new Found("PV17");
        for (const [name, own] of seen) {
          const [before, after] = [own.get("before"), own.get("after")];
          if (before === undefined || after === undefined) continue;
          const slack = after.slack ?? before.slack ?? 0;
          if (after.value > before.value + slack) found.add(`${name}: ${before.value} before, ${after.value} after, with ${slack} to spare`, after.at);
        }
        return found.list();
      },
    };
  },
};
