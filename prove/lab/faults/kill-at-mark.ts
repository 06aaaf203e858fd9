import { MARKS } from "../../builds/marks.ts";
import type { FaultKind } from "../fault.ts";
import { killServer } from "./kill.ts";

/** A mark that nobody passes within this is let be. */
const REACH_MS = 4_000;
/** The how many-th time it is passed: early ones are alike. */
const TIMES_MAX = 20;

/** SIGKILL between two steps of the service that belong together. */
export const killAtMark: FaultKind = {
  name: "kill-at-mark",
  inflict: (lab, random) =>
    lab.server.alone(async () => {
      const mark = MARKS[Math.floor(random() * MARKS.length)];
      if (mark === undefined || !(await lab.server.reach(mark.name, 1 + Math.floor(random() * TIMES_MAX), REACH_MS))) return;
      await killServer(lab, "kill-at-mark", mark.name, 0);
    }),
};
