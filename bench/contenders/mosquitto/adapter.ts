import type { WebSocket } from "ws";
import type { Adapter, AdapterOptions, Connection, Target } from "../../load/adapter.ts";
import { Line } from "../../load/line.ts";
import { asBuffer, openSocket } from "../../load/socket.ts";
import { Traffic } from "../../load/traffic.ts";
import { SplitReader, SplitTape } from "../split-reader.ts";
import { connectPacket, type Packet, parsePackets, pubackPacket, publishPacket, subscribePacket } from "./mqtt.ts";

export const mosquittoQos0Adapter = (options: AdapterOptions): Adapter => adapterWith(options, 0);
export const mosquittoQos1Adapter = (options: AdapterOptions): Adapter => adapterWith(options, 1);

const PACKET_IDS = 0xffff;
const SUBSCRIPTION_ID = 1;

interface Topics {
  readonly publish: string;
  /** None: it only publishes. */
  readonly subscribe: string | undefined;
}

function topicsOf({ kind, name, index, peer }: Target): Topics {
  if (kind === "peer") return { publish: `pair/${name}/${peer}`, subscribe: `pair/${name}/${index}` };
  if (kind === "device") return { publish: `device/${name}`, subscribe: undefined };
  if (kind === "login" && name === "") return { publish: "", subscribe: undefined };
  return { publish: `room/${name}`, subscribe: `room/${name}` };
}

/** MQTT 3.1.1 by hand. QoS 1 is acknowledged hop by hop: the broker has it, and then each receiver. */
function adapterWith({ url }: AdapterOptions, qos: 0 | 1): Adapter {
  const base = url.replace("http", "ws");
  const tapes = new Map<string, SplitTape<Packet>>();
  const traffic = new Traffic();
  let closing = false;

  const join = (socket: WebSocket, { index, name, onDeliveries }: Target, subscribe: string | undefined): Promise<void> => {
    const tape = tapes.get(name) ?? new SplitTape(parsePackets);
    tapes.set(name, tape);
    const reader = new SplitReader(tape);
    return new Promise((resolve) => {
      socket.once("open", () => socket.send(connectPacket(`client-${index}`)));
      socket.on("message", (data) => {
        const bytes = asBuffer(data);
        traffic.count(bytes.length);
        const packets = reader.read(bytes);
        const deliveries = packets.flatMap((packet) => (packet.type === "publish" ? [packet.delivery] : []));
        const confirmed = packets.flatMap((packet) => (packet.type === "publish" && packet.id !== undefined ? [packet.id] : []));
        if (confirmed.length > 0) socket.send(Buffer.concat(confirmed.map(pubackPacket)));
        if (deliveries.length > 0) onDeliveries(deliveries);
        for (const { type } of packets) {
          if (type === "connack" && subscribe !== undefined) socket.send(subscribePacket(SUBSCRIPTION_ID, subscribe, qos));
          else if (type === "connack" || type === "suback") resolve();
        }
      });
    });
  };

  const connect = (target: Target): Promise<Connection> => {
    const { publish, subscribe } = topicsOf(target);
    let packetId = 0;
    const nextId = (): number => {
      packetId = (packetId % PACKET_IDS) + 1;
      return packetId;
    };
    return Line.open({
      target,
      closing: () => closing,
      open: () => openSocket(base, ["mqtt"]),
      join: (socket) => join(socket, target, subscribe),
      send: (socket, payload) => socket.send(publishPacket(publish, payload, qos === 1 ? nextId() : undefined)),
    });
  };

  return {
    connect,
    consume: async (_rooms, { index, onDeliveries }) => {
      const target: Target = { kind: "room", name: "consumer", index, onDeliveries };
      await Line.open({
        target,
        closing: () => closing,
        open: () => openSocket(base, ["mqtt"]),
        join: (socket) => join(socket, target, "device/+"),
        send: () => undefined,
      });
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
