import type { WebSocket } from "ws";
import { FrameTape } from "../../lib/frame-tape.ts";
import { type Delivery, decodePayload } from "../../lib/payload.ts";
import type { Adapter, AdapterOptions, Connection, Consumer, Target } from "../../load/adapter.ts";
import { Line } from "../../load/line.ts";
import { asBuffer, openSocket } from "../../load/socket.ts";
import { Traffic } from "../../load/traffic.ts";

/** Engine.IO 4 packets begin with a digit (2 is ping, 3 pong, 4 a message), Socket.IO's in them with another (0 connect, 2 event). */
const OPEN = "0";
const PING = 0x32;
const EVENT_HEAD = '42["message","';
const EVENT_TAIL = '"]';
const PRESENCE = /^42\["(joined|left)",(\d+)\]$/;

interface Content {
  readonly deliveries: readonly Delivery[];
  readonly presence?: { readonly client: number; readonly present: boolean };
}

function decodeEvent(bytes: Buffer): Content {
  const text = bytes.toString("latin1");
  if (text.startsWith(EVENT_HEAD)) return { deliveries: [decodePayload(text.slice(EVENT_HEAD.length, -EVENT_TAIL.length))] };
  const [, what, client] = PRESENCE.exec(text) ?? [];
  if (what === undefined) throw new Error(`unexpected from Socket.IO: ${text.slice(0, 80)}`);
  return { deliveries: [], presence: { client: Number(client), present: what === "joined" } };
}

/** Socket.IO's wire spoken by hand: its own client would cost the load generator more than the server. */
export function socketIoAdapter({ url }: AdapterOptions): Adapter {
  const base = url.replace("http", "ws");
  const tapes = new Map<string, FrameTape<Content>>();
  const traffic = new Traffic();
  let closing = false;

  const join = (socket: WebSocket, { name, onDeliveries, onPresence }: Target): Promise<void> => {
    const tape = tapes.get(name) ?? new FrameTape(decodeEvent);
    tapes.set(name, tape);
    const reader = { cursor: 0 };
    return new Promise((resolve) => {
      let joined = false;
      socket.on("message", (data) => {
        const bytes = asBuffer(data);
        if (bytes[0] === PING) return socket.send("3");
        if (joined) {
          traffic.count(bytes.length);
          const { deliveries, presence } = tape.read(reader, bytes);
          if (deliveries.length > 0) onDeliveries(deliveries);
          if (presence !== undefined) onPresence?.([presence.client], presence.present);
          return;
        }
        if (bytes.toString("latin1", 0, 1) === OPEN) return socket.send("40");
        // The answer to connect is sent before the server's connection handler has put us into the room, but in the same turn.
        joined = true;
        resolve();
      });
    });
  };

  const connect = (target: Target): Promise<Connection> => {
    const query = new URLSearchParams({ EIO: "4", transport: "websocket", kind: target.kind, room: target.name, client: String(target.index) });
    return Line.open({
      target,
      closing: () => closing,
      open: () => openSocket(`${base}/socket.io/?${query}`),
      join: (socket) => join(socket, target),
      send: (socket, payload) => socket.send(EVENT_HEAD + payload + EVENT_TAIL),
    });
  };

  return {
    connect,
    // The server puts a consumer into all rooms there are.
    consume: async (_rooms, { index, onDeliveries }: Consumer) => {
      await connect({ kind: "login", name: "every-device", index, onDeliveries });
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
