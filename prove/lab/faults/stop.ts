import type { FaultKind, Lab } from "../fault.ts";

const LEAST_MS = 5_000;
const MOST_MS = 60_000;
/** Most are short: of long ones a run would have few. */
const duration = (lab: Lab, random: () => number): number => (LEAST_MS + (MOST_MS - LEAST_MS) * random() ** 3) * lab.timeScale;

/** The whole group, as wrangler has children. One that was killed meanwhile has nothing to be woken for. */
function signal(pid: number, name: "SIGSTOP" | "SIGCONT"): void {
  try {
    process.kill(-pid, name);
  } catch {
    // Gone.
  }
}

async function stopFor(lab: Lab, pid: number, ms: number, fault: { name: string; detail?: string }): Promise<void> {
  lab.fault({ ...fault, until: lab.now() + ms });
  signal(pid, "SIGSTOP");
  await lab.pause(ms);
  signal(pid, "SIGCONT");
}

/** SIGSTOP of the server: its sockets stay open and nothing answers. It may be killed meanwhile. */
export const stopServer: FaultKind = {
  name: "stop-server",
  async inflict(lab, random) {
    const ms = duration(lab, random);
    // Not while it starts: that start would have failed.
    const pid = await lab.server.alone(async () => lab.server.pid);
    await stopFor(lab, pid, ms, { name: "stop-server" });
  },
};

/** SIGSTOP of a process of clients, as a laptop that sleeps. */
export const stopClients: FaultKind = {
  name: "stop-clients",
  isBeside: true,
  async inflict(lab, random) {
    const process = lab.clients[Math.floor(random() * lab.clients.length)];
    if (process === undefined) return;
    const ms = duration(lab, random);
    await stopFor(lab, process.pid, ms, { name: "stop-clients", detail: process.name });
  },
};
