import type { Invariant, Watch } from "../invariant.ts";
import { Found } from "../model/found.ts";

/** Who has the acknowledgement of a message to be kept finds it in history at once. */
export const readBack: Invariant = {
  rule: "PV10",
  title: "what was acknowledged can be read at once",
  begin(): Watch {
    const found = new Found("PV10");
    return {
      see(event) {
        if (event.is === "readback" && !event.found)
          found.add(`${event.device} did not find ${event.writer} ${event.n} in ${event.target} after its acknowledgement`, event.at);
      },
      end: () => found.list(),
    };
  },
};
