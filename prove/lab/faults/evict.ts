import type { FaultKind } from "../fault.ts";

const TIMES_MAX = 8;
const BETWEEN_MS = 400;

/** All objects forget what they had in memory, several times: they sleep over their sockets, as the platform lets them, or lose those as well. */
export const evict: FaultKind = {
  name: "evict",
  inflict: (lab, random) =>
    lab.server.alone(async () => {
      if (!lab.server.isTestBuild) return;
      for (let times = 1 + Math.floor(random() * TIMES_MAX); times > 0; times--) {
        const how = random() < 0.6 ? "hibernate" : "abort";
        lab.fault({ name: "evict", detail: how });
        await lab.server.forget(how);
        await lab.pause(random() * BETWEEN_MS);
      }
    }),
};
