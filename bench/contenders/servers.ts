import { join } from "node:path";
import { startChild, waitUntilHealthy } from "../../scripts/lib/child.ts";
import { startWorkerd } from "../../scripts/lib/workerd.ts";
import type { ContenderName } from "../scenarios/scenario.ts";
import { startWigwag } from "./wigwag/server.ts";

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  log(): string;
  kill(): Promise<void>;
}

export interface ServerOptions {
  readonly port: number;
  /** Empty, and the caller's to remove. */
  readonly directory: string;
  readonly cpu?: number | undefined;
  readonly inspectorPort?: number | undefined;
}

const here = import.meta.dirname;
const START_MS_MAX = 10_000;

const startBare = (options: ServerOptions): Promise<RunningServer> =>
  startWorkerd({
    ...options,
    entry: join(here, "bare/worker.ts"),
    durableObjects: [
      { binding: "ROOM", className: "Room" },
      { binding: "PAIR", className: "Pair" },
      { binding: "STORING", className: "Storing" },
    ],
  });

async function startSocketIo({ port, cpu, inspectorPort }: ServerOptions): Promise<RunningServer> {
  const inspect = inspectorPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectorPort}`];
  const child = startChild(process.execPath, [...inspect, join(here, "socketio/server.ts"), String(port)], { cpu, env: { NODE_ENV: "production" } });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilHealthy(child, url, START_MS_MAX);
  return { url, pid: child.pid, log: () => child.log(), kill: () => child.kill() };
}

export const SERVERS: Record<ContenderName, (options: ServerOptions) => Promise<RunningServer>> = {
  bare: startBare,
  "bare-storing": startBare,
  socketio: startSocketIo,
  wigwag: startWigwag,
};
