import { describe, expect, it } from "vitest";
import { connectPacket, parsePackets, pubackPacket, publishPacket, subscribePacket } from "../../../bench/contenders/mosquitto/mqtt.ts";
import { parseOperations } from "../../../bench/contenders/nats/protocol.ts";
import { SplitReader, SplitTape } from "../../../bench/contenders/split-reader.ts";
import { encodePayload } from "../../../bench/lib/payload.ts";

const mqttMessage = (number: number, bytes = 128): Buffer => publishPacket("room/a", encodePayload(3, number, bytes));
const natsMessage = (number: number): Buffer => Buffer.from(`MSG room.a 1 128\r\n${encodePayload(3, number)}\r\n`);

describe("brokers' protocols by hand", () => {
  it("[BE13] packets of MQTT are as its standard lays them out", () => {
    expect(connectPacket("c").toString("hex")).toBe("100d00044d515454040200" + "3c000163");
    expect(subscribePacket(1, "a/b", 1).toString("hex")).toBe("820800010003612f6201");
    expect(pubackPacket(0x1234).toString("hex")).toBe("40021234");
    expect(publishPacket("t", "hi").toString("latin1")).toBe("\x30\x05\x00\x01thi");
    expect(publishPacket("t", "hi", 7).toString("latin1")).toBe("\x32\x07\x00\x01t\x00\x07hi");
    // Lengths from 128 take two bytes.
    expect(publishPacket("t", "x".repeat(200)).subarray(0, 3).toString("hex")).toBe("30cb01");
  });

  it("[BE13] what MQTT brokers answer is understood, what they refuse ends the run", () => {
    const answers = Buffer.from("20020000" + "9003000101" + "40021234" + "d000", "hex");
    expect(parsePackets(answers).items).toEqual([{ type: "connack" }, { type: "suback" }, { type: "puback", id: 0x1234 }, { type: "pingresp" }]);
    expect(parsePackets(publishPacket("t", encodePayload(1, 2), 9)).items).toEqual([{ type: "publish", delivery: { publisher: 1, number: 2 }, id: 9 }]);
    expect(() => parsePackets(Buffer.from("20020005", "hex"))).toThrow("refused");
    expect(() => parsePackets(Buffer.from("9003000180", "hex"))).toThrow("refused");
  });

  it("[BE13] what NATS says is understood, and an error of its ends the run", () => {
    const { items } = parseOperations(Buffer.concat([Buffer.from("INFO {}\r\nPING\r\nPONG\r\n"), natsMessage(5)]));
    expect(items).toEqual([{ type: "info" }, { type: "ping" }, { type: "pong" }, { type: "message", delivery: { publisher: 3, number: 5 } }]);
    expect(() => parseOperations(Buffer.from("-ERR 'Slow Consumer'\r\n"))).toThrow("Slow Consumer");
  });

  for (const [name, parse, message] of [
    ["MQTT", parsePackets, mqttMessage],
    ["NATS", parseOperations, natsMessage],
  ] as const) {
    it(`[BE14] ${name}: cut anywhere, the same messages come out, for readers whose cuts differ`, () => {
      const stream = Buffer.concat([message(0), message(1), message(2)]);
      const shared = new SplitTape<ReturnType<typeof parse>["items"][number]>(parse);
      const whole = new SplitReader(shared).read(stream);
      expect(whole).toHaveLength(3);
      for (let cut = 1; cut < stream.length; cut++) {
        const reader = new SplitReader(shared);
        expect([...reader.read(stream.subarray(0, cut)), ...reader.read(stream.subarray(cut))]).toEqual(whole);
      }
    });
  }
});
