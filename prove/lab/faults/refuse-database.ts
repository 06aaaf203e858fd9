import type { FaultKind } from "../fault.ts";

const LEAST_MS = 2_000;
const MOST_MS = 60_000;
/** A refused export is tried again after two seconds at first. */
const shortest = (ms: number): number => Math.max(LEAST_MS, ms);

/** D1 refuses everything, for up to a minute: history waits in its objects. A new process knows nothing of it. */
export const refuseDatabase: FaultKind = {
  name: "database-refuses",
  isBeside: true,
  async inflict(lab, random) {
    if (!lab.server.hasDatabase) return;
    const ms = shortest(MOST_MS * random() ** 2 * lab.timeScale);
    lab.fault({ name: "database-refuses", until: lab.now() + ms });
    await lab.server.refuseDatabase(true);
    await lab.pause(ms);
    await lab.server.refuseDatabase(false);
  },
};
