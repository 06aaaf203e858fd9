import type { FaultKind } from "../fault.ts";

const TIMES_MAX = 8;
const BETWEEN_MS = 400;

/** Channels' objects die, each alone and right after a commit: the objects of those who ride there live on, and miss what was on its way to them. */
export const endChannels: FaultKind = {
  name: "evict-channels",
  inflict: (lab, random) =>
    lab.server.alone(async () => {
      if (!lab.server.isTestBuild) return;
      for (let times = 1 + Math.floor(random() * TIMES_MAX); times > 0; times--) {
        lab.fault({ name: "evict-channels", detail: "after a commit" });
        await lab.server.endChannel();
        await lab.pause(random() * BETWEEN_MS);
      }
    }),
};
