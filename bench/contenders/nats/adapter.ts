import type { WebSocket } from "ws";
import type { Adapter, AdapterOptions, Connection, Target } from "../../load/adapter.ts";
import { Line } from "../../load/line.ts";
import { asBuffer, openSocket } from "../../load/socket.ts";
import { Traffic } from "../../load/traffic.ts";
import { SplitReader, SplitTape } from "../split-reader.ts";
import { connectLine, type Operation, PING, PONG, parseOperations, publishLines, subscribeLine } from "./protocol.ts";

interface Subjects {
  readonly publish: string;
  /** None: it only publishes. */
  readonly subscribe: string | undefined;
}

function subjectsOf({ kind, name, index, peer }: Target): Subjects {
  if (kind === "peer") return { publish: `pair.${name}.${peer}`, subscribe: `pair.${name}.${index}` };
  if (kind === "device") return { publish: `device.${name}`, subscribe: undefined };
  return { publish: `room.${name}`, subscribe: `room.${name}` };
}

/** The NATS protocol by hand. */
export function natsAdapter({ url }: AdapterOptions): Adapter {
  const base = url.replace("http", "ws");
  const tapes = new Map<string, SplitTape<Operation>>();
  const traffic = new Traffic();
  let closing = false;

  const join = (socket: WebSocket, { name, onDeliveries }: Target, subscribe: string | undefined): Promise<void> => {
    const tape = tapes.get(name) ?? new SplitTape(parseOperations);
    tapes.set(name, tape);
    const reader = new SplitReader(tape);
    return new Promise((resolve) => {
      socket.on("message", (data) => {
        const bytes = asBuffer(data);
        traffic.count(bytes.length);
        const operations = reader.read(bytes);
        const deliveries = operations.flatMap((operation) => (operation.type === "message" ? [operation.delivery] : []));
        if (deliveries.length > 0) onDeliveries(deliveries);
        for (const { type } of operations) {
          // The answer to our ping comes when what was said before it is in force.
          if (type === "info") socket.send(connectLine(true) + (subscribe === undefined ? "" : subscribeLine(subscribe)) + PING);
          else if (type === "ping") socket.send(PONG);
          else if (type === "pong") resolve();
        }
      });
    });
  };

  const open = (target: Target, publish: string, subscribe: string | undefined): Promise<Connection> =>
    Line.open({
      target,
      closing: () => closing,
      open: () => openSocket(base),
      join: (socket) => join(socket, target, subscribe),
      send: (socket, payload) => socket.send(publishLines(publish, payload)),
    });

  return {
    connect: (target) => {
      const { publish, subscribe } = subjectsOf(target);
      return open(target, publish, subscribe);
    },
    consume: async (_rooms, { index, onDeliveries }) => {
      await open({ kind: "room", name: "consumer", index, onDeliveries }, "", "device.*");
    },
    get frames() {
      return traffic.frames;
    },
    get bytes() {
      return traffic.bytes;
    },
    socketsPerClient: 1,
    settleMs: 0,
    close: () => {
      closing = true;
    },
  };
}
