import type { FaultKind } from "../fault.ts";

const AWAY_MS = 3_000;

/** SIGKILL of a process of clients; its devices come back as new logins. */
export const killClients: FaultKind = {
  name: "kill-clients",
  async inflict(lab, random) {
    const process = lab.clients[Math.floor(random() * lab.clients.length)];
    if (process === undefined) return;
    const awayMs = random() * AWAY_MS;
    // The name says whose end it is: one that begins with `kill` would be the service's.
    lab.fault({ name: "clients-killed", detail: process.name, until: lab.now() + awayMs });
    await process.kill();
    await lab.pause(awayMs);
    await process.restart();
  },
};
