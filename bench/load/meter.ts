import { treeUsage } from "../lib/server-usage.ts";

export interface MeterReading {
  readonly seconds: number;
  readonly serverCpuSeconds: number;
  readonly loadShare: number;
}

export type StartMeter = () => () => MeterReading;

/** Starts measuring time, the server's processor time, and our own. */
export function startMeter(serverPid: number): () => MeterReading {
  const startedAt = performance.now();
  const server = treeUsage(serverPid).cpuSeconds;
  const own = process.cpuUsage();
  return () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const used = process.cpuUsage(own);
    return { seconds, serverCpuSeconds: treeUsage(serverPid).cpuSeconds - server, loadShare: (used.user + used.system) / 1e6 / seconds };
  };
}
