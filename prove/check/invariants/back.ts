import type { DeviceName, LinkChange } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { Found } from "../model/found.ts";

/** Once the faults have stopped everybody comes back who was not sent away: with the login, and with each channel it is in. */
export const back: Invariant = {
  rule: "PV18",
  title: "everybody comes back",
  begin(): Watch {
    const links = new Map<string, LinkChange>();
    let calm = false;
    const forget = (device: DeviceName): void => {
      for (const [key, link] of links) if (link.device === device) links.delete(key);
    };
    return {
      see(event) {
        if (event.is === "calm") calm = true;
        else if (event.is === "died") forget(event.device);
        else if (event.is === "link") {
          if (event.state === "closed" && event.target === undefined) forget(event.device);
          const key = `${event.device}\n${event.target ?? ""}`;
          if (event.state === "closed") links.delete(key);
          else links.set(key, event);
        }
      },
      end() {
        const found = new Found("PV18");
        if (!calm) return [];
        for (const { device, target, state, at } of links.values()) {
          if (state !== "connected") found.add(`${device} is ${state} at the end${target === undefined ? "" : `, with ${target}`}`, at);
        }
        return found.list();
      },
    };
  },
};
