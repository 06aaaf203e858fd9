import { WebSocket } from "ws";
import { type Channel, type Client, connect as connectClient } from "../../../src/client/index.ts";
import { decodePayload } from "../../lib/payload.ts";
import type { Adapter, AdapterOptions, Connection, Target } from "../../load/adapter.ts";
import { Traffic } from "../../load/traffic.ts";
import { SETTLE_MS } from "./adapter.ts";
import { BENCH_APP, tokenFor } from "./app.ts";

/** The package `wigwag` as a program uses it, over `ws`. Each client decodes for itself: the load generator does much more than with raw sockets. */
export function wigwagSdkAdapter({ url }: AdapterOptions): Adapter {
  const traffic = new Traffic();
  const clients: Client[] = [];

  const connect = async (target: Target): Promise<Connection> => {
    const sockets = new Set<WebSocket>();
    const user = `user-${target.index}`;
    const client = await connectClient({
      url,
      app: BENCH_APP.id,
      user,
      token: tokenFor(user),
      device: `device-${target.index}`,
      kind: "bench",
      WebSocket: countingSocket(traffic, sockets),
    });
    clients.push(client);
    client.on("error", (error) => {
      throw error;
    });
    client.on("message", ({ data }) => target.onDeliveries([decodePayload(String(data))]));
    if (target.kind === "peer") return connection(client, undefined, sockets, (data) => client.send(`user-${target.peer}`, data));
    const channel = await client.join(target.name);
    channel.on("message", ({ data }) => target.onDeliveries([decodePayload(String(data))]));
    channel.on("gap", ({ reason }) => {
      throw new Error(`${user}: a gap in ${target.name}: ${reason}`);
    });
    return connection(client, channel, sockets, (data) => channel.publish(data));
  };

  return {
    connect,
    consume: () => Promise.reject(new Error("the consumer is not measured through the SDK")),
    get frames() {
      return traffic.frames;
    },
    get bytes() {
      return traffic.bytes;
    },
    socketsPerClient: 2,
    settleMs: SETTLE_MS,
    close: () => {
      for (const client of clients) client.close();
    },
  };
}

function connection(client: Client, channel: Channel | undefined, sockets: ReadonlySet<WebSocket>, send: (data: string) => Promise<unknown>): Connection {
  const unknown = (): never => {
    throw new Error("this is not measured through the SDK");
  };
  return {
    // A refusal ends the run, by the rejection that nobody handles.
    send: (data) => void send(data),
    drop: () => {
      for (const socket of sockets) socket.terminate();
    },
    // It reconnects by itself, after its own jitter.
    reconnect: async () => {
      if (client.state !== "connected") await until(client, "connected");
      if (channel !== undefined && channel.state !== "joined") await until(channel, "joined");
    },
    leave: unknown,
    rejoin: unknown,
    pause: unknown,
    unpause: unknown,
  };
}

function until(source: Client | Channel, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    const listen = ({ state }: { state: string }): void => {
      if (state !== wanted) return;
      off();
      resolve();
    };
    const off = "join" in source ? source.on("state", listen) : source.on("state", listen);
  });
}

/** `ws` without compression, as raw sockets have it here, too. */
const countingSocket = (traffic: Traffic, sockets: Set<WebSocket>) =>
  class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols, { perMessageDeflate: false, skipUTF8Validation: true });
      sockets.add(this);
      this.on("message", (data: Buffer | ArrayBuffer) => traffic.count(data instanceof ArrayBuffer ? data.byteLength : data.length));
      this.on("close", () => sockets.delete(this));
    }
  };
