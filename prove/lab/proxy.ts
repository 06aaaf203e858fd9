import { once } from "node:events";
import { createServer } from "node:net";
import type { ProxyConditions } from "./conditions.ts";
import type { LabProxy } from "./fault.ts";
import { Connection } from "./network/connection.ts";

/** Above a reconnect storm of 5,000, whose predecessors may not be gone yet; the process has two descriptors for each. */
const CONNECTIONS_MAX = 12_000;

export interface RunningProxy extends LabProxy {
  /** Clients' connections that are there. */
  readonly connections: number;
  stop(): Promise<void>;
}

export interface ProxyOptions {
  /** `http://host:port` of the server; it may be away, and come back. */
  readonly target: string;
  /** 0: the system chooses. */
  readonly port?: number;
  readonly host?: string;
  /** For jitter. */
  readonly random?: () => number;
}

/** The way from clients to a server, as bad as one likes. */
export async function startProxy({ target, port = 0, host = "127.0.0.1", random = Math.random }: ProxyOptions): Promise<RunningProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const far = { host: hostname, port: Number(targetPort) };
  let conditions: ProxyConditions = {};
  let round = 0;
  /** With the round of conditions they were accepted in. */
  const connections = new Map<Connection, number>();
  const conditionsOf = (since: number): ProxyConditions => {
    const { only } = conditions;
    return only === undefined || (only === "new") === (since === round) ? conditions : {};
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    if (conditions.refuse === true || connections.size >= CONNECTIONS_MAX) {
      near.on("error", () => {});
      return void near.resetAndDestroy();
    }
    const connection = new Connection(near, far, random, () => connections.delete(connection));
    connections.set(connection, round);
    connection.set(conditionsOf(round));
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");

  return {
    url: `http://${host}:${address.port}`,
    get connections() {
      return connections.size;
    },
    set(next) {
      conditions = next;
      round += 1;
      for (const [connection, since] of connections) connection.set(conditionsOf(since));
    },
    cut(how) {
      for (const connection of connections.keys()) connection.cut(how);
    },
    stop: async () => {
      for (const connection of connections.keys()) connection.cut("reset");
      server.close();
      await once(server, "close");
    },
  };
}
