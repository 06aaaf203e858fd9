import { treeUsage } from "../lib/server-usage.ts";
import type { Phase } from "./measurement.ts";

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

/** The run as a row of phases, each from its name to the next one's. */
export class Phases {
  readonly #serverPid: number;
  readonly #done: Phase[] = [];
  #current: { readonly name: string; readonly startedAt: number; readonly cpuSeconds: number };

  constructor(serverPid: number, name: string) {
    this.#serverPid = serverPid;
    this.#current = this.#begin(name);
  }

  next(name: string): void {
    const { name: previous, startedAt, cpuSeconds } = this.#current;
    this.#current = this.#begin(name);
    const seconds = (this.#current.startedAt - startedAt) / 1000;
    this.#done.push({ name: previous, seconds, serverCpuSeconds: this.#current.cpuSeconds - cpuSeconds });
  }

  /** Ends the last one. */
  all(): readonly Phase[] {
    this.next("");
    return this.#done;
  }

  #begin(name: string) {
    return { name, startedAt: performance.now(), cpuSeconds: treeUsage(this.#serverPid).cpuSeconds };
  }
}
