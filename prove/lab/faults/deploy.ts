import type { FaultKind } from "../fault.ts";
import { killServer } from "./kill.ts";

/** Another build takes over the same storage, while sockets are open. */
export const deploy: FaultKind = {
  name: "deploy",
  inflict: (lab) =>
    lab.server.alone(async () => {
      await lab.server.rebuild();
      await killServer(lab, "deploy", "another build on the same storage", 0);
    }),
};
