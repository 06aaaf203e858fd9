import { FrameTape } from "../lib/frame-tape.ts";
import { type Delivery, decodePayload } from "../lib/payload.ts";
import type { Adapter, Connection, Consumer, Target } from "../load/adapter.ts";
import { Line } from "../load/line.ts";
import { asBuffer, opened, openSocket } from "../load/socket.ts";
import { Traffic } from "../load/traffic.ts";

const PRESENT = "+";
const ABSENT = "-";

interface Content {
  readonly deliveries: readonly Delivery[];
  readonly presence?: { readonly client: number; readonly present: boolean };
}

export interface PlainOptions {
  readonly url: string;
  readonly pathOf: (target: Target) => string;
  readonly decode: (text: string) => readonly Delivery[];
  readonly consume: (connect: Adapter["connect"], rooms: readonly string[], consumer: Consumer) => Promise<void>;
}

export const onePayload = (text: string): readonly Delivery[] => [decodePayload(text)];
/** Several payloads of one direction stand in one frame, a line each. */
export const payloadPerLine = (text: string): readonly Delivery[] => text.split("\n").map(decodePayload);

/** Servers without a protocol: a frame is the payload itself, or says that a client has come or gone. */
export function plainAdapter({ url, pathOf, decode, consume }: PlainOptions): Adapter {
  const base = url.replace("http", "ws");
  const tapes = new Map<string, FrameTape<Content>>();
  const traffic = new Traffic();
  let closing = false;

  const read = (bytes: Buffer): Content => {
    const text = bytes.toString("latin1");
    if (text[0] !== PRESENT && text[0] !== ABSENT) return { deliveries: decode(text) };
    return { deliveries: [], presence: { client: Number(text.slice(1)), present: text[0] === PRESENT } };
  };

  const connect = (target: Target): Promise<Connection> => {
    const { name, onDeliveries, onPresence } = target;
    const tape = tapes.get(name) ?? new FrameTape(read);
    tapes.set(name, tape);
    const reader = { cursor: 0 };
    return Line.open({
      target,
      closing: () => closing,
      open: () => openSocket(base + pathOf(target)),
      join: (socket) => {
        socket.on("message", (data) => {
          const bytes = asBuffer(data);
          traffic.count(bytes.length);
          const { deliveries, presence } = tape.read(reader, bytes);
          if (deliveries.length > 0) onDeliveries(deliveries);
          if (presence !== undefined) onPresence?.([presence.client], presence.present);
        });
        return opened(socket);
      },
      send: (socket, payload) => socket.send(payload),
    });
  };

  return {
    connect,
    consume: (rooms, consumer) => consume(connect, rooms, consumer),
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
