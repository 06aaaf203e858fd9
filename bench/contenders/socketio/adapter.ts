import { FrameTape } from "../../lib/frame-tape.ts";
import { type Delivery, decodePayload } from "../../lib/payload.ts";
import type { Adapter, AdapterOptions, Connection, Target } from "../../load/adapter.ts";
import { asBuffer, mustStayOpen, openSocket } from "../../load/socket.ts";

/** Engine.IO 4 packets begin with a digit (2 is ping, 3 pong, 4 a message), Socket.IO's in them with another (0 connect, 2 event). */
const OPEN = "0";
const PING = 0x32;
const EVENT_HEAD = '42["message","';
const EVENT_TAIL = '"]';

const decodeEvent = (bytes: Buffer): readonly Delivery[] => {
  const text = bytes.toString("latin1");
  if (!text.startsWith(EVENT_HEAD)) throw new Error(`unexpected from Socket.IO: ${text.slice(0, 80)}`);
  return [decodePayload(text.slice(EVENT_HEAD.length, -EVENT_TAIL.length))];
};

/** Socket.IO's wire spoken by hand: its own client would cost the load generator more than the server. */
export function socketIoAdapter({ url }: AdapterOptions): Adapter {
  const tapes = new Map<string, FrameTape<readonly Delivery[]>>();
  let frames = 0;
  let closing = false;

  const connect = (target: Target): Promise<Connection> => {
    const tape = tapes.get(target.name) ?? new FrameTape(decodeEvent);
    tapes.set(target.name, tape);
    const reader = { cursor: 0 };
    const query = `EIO=4&transport=websocket&kind=${target.kind}&room=${target.name}`;
    const socket = openSocket(`${url.replace("http", "ws")}/socket.io/?${query}`);
    mustStayOpen(socket, `client ${target.index}`, () => closing);
    return new Promise((resolve) => {
      let joined = false;
      socket.on("message", (data) => {
        const bytes = asBuffer(data);
        if (bytes[0] === PING) return socket.send("3");
        if (joined) {
          frames += 1;
          return target.onDeliveries(tape.read(reader, bytes));
        }
        if (bytes.toString("latin1", 0, 1) === OPEN) return socket.send("40");
        // The answer to connect is sent before the server's connection handler has put us into the room, but in the same turn.
        joined = true;
        resolve({ send: (payload) => socket.send(EVENT_HEAD + payload + EVENT_TAIL), close: () => socket.terminate() });
      });
    });
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
