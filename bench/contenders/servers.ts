import { join } from "node:path";
import { startChild, waitUntilHealthy } from "../../scripts/lib/child.ts";
import { startWorkerd } from "../../scripts/lib/workerd.ts";
import type { ContenderName } from "../scenarios/scenario.ts";
import { hasMosquitto, startMosquitto } from "./mosquitto/server.ts";
import { hasNats, startNats } from "./nats/server.ts";
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
      { binding: "ATTENDED", className: "Attended" },
      { binding: "JOINED_ROOM", className: "JoinedRoom" },
      { binding: "JOINED_PAIR", className: "JoinedPair" },
      { binding: "USER", className: "User" },
    ],
  });

/** A server in a Node of its own: its program, given the port. */
const startNode =
  (program: string) =>
  async ({ port, cpu, inspectorPort }: ServerOptions): Promise<RunningServer> => {
    const inspect = inspectorPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectorPort}`];
    const child = startChild(process.execPath, [...inspect, join(here, program), String(port)], { cpu, env: { NODE_ENV: "production" } });
    const url = `http://127.0.0.1:${port}`;
    await waitUntilHealthy(child, url, START_MS_MAX);
    return { url, pid: child.pid, log: () => child.log(), kill: () => child.kill() };
  };

export const SERVERS: Record<ContenderName, (options: ServerOptions) => Promise<RunningServer>> = {
  bare: startBare,
  "bare-joined": startBare,
  "bare-storing": startBare,
  "bare-user": startBare,
  wigwag: (options) => startWigwag(options),
  "wigwag-memory": (options) => startWigwag(options),
  "wigwag-sdk": (options) => startWigwag(options),
  ws: startNode("ws/server.ts"),
  socketio: startNode("socketio/server.ts"),
  "mosquitto-qos0": startMosquitto,
  "mosquitto-qos1": startMosquitto,
  nats: startNats,
};

/** The brokers are Debian packages, which are there or not. */
export function isInstalled(contender: ContenderName): boolean {
  if (contender.startsWith("mosquitto")) return hasMosquitto();
  return contender !== "nats" || hasNats();
}
