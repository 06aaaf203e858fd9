import { FrameTape } from "../../lib/frame-tape.ts";
import { type Delivery, decodePayload } from "../../lib/payload.ts";
import type { Adapter, AdapterOptions, Connection, Target } from "../../load/adapter.ts";
import { asBuffer, mustStayOpen, opened, openSocket } from "../../load/socket.ts";

const PATHS = { room: "room", peer: "pair", "durable-room": "storing" } as const;

/** A frame is the payload itself. */
export function bareAdapter({ url }: AdapterOptions): Adapter {
  const tapes = new Map<string, FrameTape<readonly Delivery[]>>();
  let frames = 0;
  let closing = false;

  const connect = async (target: Target): Promise<Connection> => {
    const tape = tapes.get(target.name) ?? new FrameTape((bytes: Buffer) => [decodePayload(bytes.toString("latin1"))]);
    tapes.set(target.name, tape);
    const reader = { cursor: 0 };
    const socket = openSocket(`${url.replace("http", "ws")}/${PATHS[target.kind]}/${target.name}`);
    mustStayOpen(socket, `client ${target.index}`, () => closing);
    socket.on("message", (data) => {
      frames += 1;
      target.onDeliveries(tape.read(reader, asBuffer(data)));
    });
    await opened(socket);
    return { send: (payload) => socket.send(payload), close: () => socket.terminate() };
  };

  return {
    connect,
    get frames() {
      return frames;
    },
    close: () => {
      closing = true;
    },
  };
}
