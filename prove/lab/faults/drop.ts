import type { FaultKind } from "../fault.ts";

const TIMES_MAX = 6;

/** Every connection ends, several times over: also right after it was made, and before anything has gone over it. */
export const drop: FaultKind = {
  name: "drop",
  async inflict(lab, random) {
    for (let times = 1 + Math.floor(random() * TIMES_MAX); times > 0; times--) {
      const how = random() < 0.5 ? "reset" : "end";
      lab.fault({ name: "drop", detail: how });
      lab.proxy.cut(how);
      await lab.pause(random() < 0.5 ? random() * 50 : random() * 1_000);
    }
  },
};
