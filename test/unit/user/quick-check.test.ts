import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { ack, received } from "../../../src/protocol/messages/request.ts";
import { channelPublish } from "../../../src/protocol/operations/channel.ts";
import { peerSend } from "../../../src/protocol/operations/peer.ts";
import { isAck, isChannelPublish, isPeerSend, isReceived } from "../../../src/protocol/operations/quick-check.ts";

const odd = fc.oneof(
  fc.string({ unit: "binary", maxLength: 70 }),
  fc.constantFrom(undefined, null, 0, true, "", [], {}, "keep", "drop", "é".repeat(33), "\ud800", "a\u0007"),
  fc.uint8Array({ maxLength: 8 }),
);
const mostly = <T>(good: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: good }, { weight: 1, arbitrary: odd });
const data = fc.oneof(
  fc.string(),
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom("x".repeat(LIMITS.payloadBytes), "x".repeat(LIMITS.payloadBytes + 1), "é".repeat(LIMITS.payloadBytes / 2 + 1)),
);
const extra = fc.dictionary(fc.constantFrom("from", "__proto__", "constructor", "extra"), odd, { maxKeys: 1 });
const content = { data: mostly(data), customType: mostly(fc.string({ minLength: 1, maxLength: 32 })), store: mostly(fc.boolean()) };
const sends = fc.tuple(
  fc.record(
    {
      ...content,
      to: mostly(fc.string({ minLength: 1, maxLength: 64 })),
      ifAbsent: mostly(fc.constantFrom("keep", "bridge", "drop")),
      sync: mostly(fc.boolean()),
    },
    { requiredKeys: ["to", "data"] },
  ),
  extra,
);
const channel = fc.record({ type: mostly(fc.constantFrom("message", "stream")), name: mostly(fc.string({ minLength: 1, maxLength: 64 })) });
const lanes = { key: mostly(fc.string({ minLength: 1, maxLength: 64 })), priority: mostly(fc.constantFrom("high", "normal", "low")) };
const publishes = fc.tuple(fc.record({ ...content, ...lanes, channel: mostly(channel) }, { requiredKeys: ["channel", "data"] }), extra);

describe("the check by hand", () => {
  it("[US15] accepts a peer.send exactly where the schema does", () => {
    let accepted = 0;
    fc.assert(
      fc.property(sends, ([input, more]) => {
        const whole = { ...input, ...more };
        const schema = peerSend.input.safeParse(whole).success && !Object.hasOwn(whole, "from");
        if (schema) accepted += 1;
        expect(isPeerSend(whole)).toBe(schema);
      }),
      { seed: 1, numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it("[US15] accepts a channel.publish exactly where the schema does", () => {
    let accepted = 0;
    fc.assert(
      fc.property(publishes, ([input, more]) => {
        const whole = { ...input, ...more };
        const schema = channelPublish.input.safeParse(whole).success && !Object.hasOwn(whole, "from");
        if (schema) accepted += 1;
        expect(isChannelPublish(whole)).toBe(schema);
      }),
      { seed: 2, numRuns: 2_000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it("[US15] accepts an ack exactly where the schema does", () => {
    const acks = fc.tuple(
      fc.record({
        type: mostly(fc.constant("ack")),
        stream: mostly(fc.string({ maxLength: 140 })),
        upTo: mostly(fc.oneof(fc.integer(), fc.double(), fc.constant(2 ** 53))),
      }),
      extra,
    );
    fc.assert(
      fc.property(acks, ([message, more]) => {
        const whole = { ...message, ...more };
        expect(isAck(whole)).toBe(ack.safeParse(whole).success);
      }),
    );
  });

  it("[US15] accepts receipts exactly where the schema does", () => {
    const name = mostly(fc.tuple(mostly(fc.string()), mostly(fc.string()), mostly(fc.oneof(fc.integer(), fc.double(), fc.constant(2 ** 53)))));
    const names = fc.oneof(
      fc.array(name, { maxLength: 4 }),
      fc.constantFrom(1024, 1025).map((length) => Array.from({ length }, () => ["a", "b", 1])),
    );
    fc.assert(
      fc.property(fc.tuple(fc.record({ type: mostly(fc.constant("received")), messages: mostly(names) }), extra), ([message, more]) => {
        const whole = { ...message, ...more };
        expect(isReceived(whole)).toBe(received.safeParse(whole).success);
      }),
    );
  });
});
