import type { Invariant, Watch } from "../invariant.ts";
import { Found } from "../model/found.ts";

/** When all is quiet, who is said to be there is who is there. */
export const census: Invariant = {
  rule: "PV12",
  title: "presence is who is there",
  begin(): Watch {
    const found = new Found("PV12");
    return {
      see(event) {
        if (event.is !== "census") return;
        const [said, live] = [new Set(event.said), new Set(event.live)];
        for (const user of said) if (!live.has(user)) found.add(`${event.target}: ${user} is said to be there and is not`, event.at);
        for (const user of live)
          if (!said.has(user))
            found.add(`${event.target}: ${user} is there and is not said to be${event.detail === undefined ? "" : `: ${event.detail}`}`, event.at);
      },
      end: () => found.list(),
    };
  },
};
