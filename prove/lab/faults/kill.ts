import type { FaultKind, Lab } from "../fault.ts";

/** Away for a moment, as a process is that its supervisor starts again; or at once. */
const AWAY_MS = 1_500;

export async function killServer(lab: Lab, name: string, detail: string, awayMs: number): Promise<void> {
  lab.fault({ name, detail });
  await lab.server.kill();
  await lab.pause(awayMs);
  await lab.server.restart();
  lab.fault({ name: "start" });
}

/** SIGKILL of the server, at any moment. */
export const kill: FaultKind = {
  name: "kill",
  inflict: (lab, random) => lab.server.alone(() => killServer(lab, "kill", "at any moment", random() < 0.5 ? 0 : random() * AWAY_MS)),
};
