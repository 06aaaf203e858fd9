import { type Delivery, decodePayload } from "../../lib/payload.ts";
import type { Parsed } from "../split-reader.ts";

/** As much of MQTT 3.1.1 as a client of the benchmark speaks. Numbers of sections are the standard's. */
export type Packet =
  | { readonly type: "connack" | "suback" | "pingresp" }
  | { readonly type: "puback"; readonly id: number }
  | { readonly type: "publish"; readonly delivery: Delivery; readonly id?: number };

const CONNECT = 1;
const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const SUBSCRIBE = 8;
const SUBACK = 9;
const PINGRESP = 13;

const KEEP_ALIVE_SECONDS = 60;
const CLEAN_SESSION = 0x02;
const QOS_1 = 0x02;

/** 3.1: a client without a past. */
export const connectPacket = (client: string): Buffer =>
  packet(CONNECT, 0, Buffer.concat([text("MQTT"), Buffer.from([4, CLEAN_SESSION, 0, KEEP_ALIVE_SECONDS]), text(client)]));

/** 3.8, of one topic. */
export const subscribePacket = (id: number, topic: string, qos: 0 | 1): Buffer =>
  packet(SUBSCRIBE, 2, Buffer.concat([number16(id), text(topic), Buffer.from([qos])]));

/** 3.3; with an id it is of QoS 1. */
export const publishPacket = (topic: string, payload: string, id?: number): Buffer =>
  packet(PUBLISH, id === undefined ? 0 : QOS_1, Buffer.concat([text(topic), ...(id === undefined ? [] : [number16(id)]), Buffer.from(payload, "latin1")]));

/** 3.4 */
export const pubackPacket = (id: number): Buffer => packet(PUBACK, 0, number16(id));

export function parsePackets(bytes: Buffer): Parsed<Packet> {
  const items: Packet[] = [];
  let used = 0;
  for (;;) {
    const head = remainingLength(bytes, used + 1);
    if (head === undefined || head.end + head.length > bytes.length) return { items, used };
    items.push(parsePacket(bytes[used] ?? 0, bytes.subarray(head.end, head.end + head.length)));
    used = head.end + head.length;
  }
}

function parsePacket(first: number, body: Buffer): Packet {
  switch (first >> 4) {
    case CONNACK:
      if (body[1] !== 0) throw new Error(`the broker refused a connection: ${body[1]}`);
      return { type: "connack" };
    case SUBACK:
      if ((body[2] ?? 0x80) >= 0x80) throw new Error("the broker refused a subscription");
      return { type: "suback" };
    case PINGRESP:
      return { type: "pingresp" };
    case PUBACK:
      return { type: "puback", id: body.readUInt16BE(0) };
    case PUBLISH: {
      const topicEnd = 2 + body.readUInt16BE(0);
      const confirmed = (first & QOS_1) !== 0;
      const delivery = decodePayload(body.toString("latin1", topicEnd + (confirmed ? 2 : 0)));
      return { type: "publish", delivery, ...(confirmed && { id: body.readUInt16BE(topicEnd) }) };
    }
    default:
      throw new Error(`unexpected from the broker: packet ${first >> 4}`);
  }
}

/** 2.2.3: seven bits a byte, the lowest first, at most four. */
function remainingLength(bytes: Buffer, start: number): { length: number; end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { length, end: start + index + 1 };
  }
  throw new Error("a packet without an end");
}

function packet(type: number, flags: number, body: Buffer): Buffer {
  const head = [(type << 4) | flags];
  let rest = body.length;
  do {
    head.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.concat([Buffer.from(head), body]);
}

const number16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const text = (value: string): Buffer => Buffer.concat([number16(value.length), Buffer.from(value, "latin1")]);
