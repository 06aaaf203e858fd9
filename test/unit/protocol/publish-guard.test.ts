import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { request } from "../../../src/protocol/messages/request.ts";
import { channelPublish } from "../../../src/protocol/operations/channel.ts";
import { asPublish } from "../../../src/protocol/publish-guard.ts";

const SEED = 20_260_101;
const NAME = { type: "message", name: "lobby" };
/** The channel may be left out on a direct socket; sizes are the domain's to check; `from` is for servers. */
const onSocket = channelPublish.input.partial({ channel: true }).omit({ from: true });
const accepts = (message: Record<string, unknown>): boolean => {
  const parsed = request.safeParse(message);
  return parsed.success && parsed.data.op === "channel.publish" && onSocket.safeParse(message.input).success;
};

const odd = fc.constantFrom<unknown>(
  undefined,
  null,
  0,
  -1,
  1.5,
  Number.NaN,
  "",
  "x",
  "x".repeat(LIMITS.customTypeChars + 1),
  "\ud800",
  true,
  [],
  {},
  new Uint8Array(2),
  NAME,
);
/** Mostly one of these, so that many messages are good, and most of the others have one fault. */
const mostly = (...good: unknown[]) => fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: odd });
const given = <T extends object>(record: fc.Arbitrary<T>) =>
  record.map((value): Record<string, unknown> => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)));

const channelRef = given(
  fc.record({ type: mostly("message", "stream"), name: mostly("a", "x".repeat(64), "é".repeat(32), "__proto__"), extra: mostly(undefined) }),
);
const broken = fc.constantFrom<unknown>(
  { ...NAME, name: "é".repeat(33) },
  { ...NAME, name: "\u0000" },
  { ...NAME, name: "x".repeat(65) },
  { type: "topic", name: "a" },
);
const input = given(
  fc.record({
    channel: fc.oneof({ weight: 6, arbitrary: channelRef }, { weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: broken }),
    data: mostly("text", "", "\ud800", new Uint8Array(3)),
    customType: mostly(undefined, "t", "x".repeat(LIMITS.customTypeChars)),
    store: mostly(undefined, true, false),
    key: mostly(undefined, "k", "x".repeat(LIMITS.updateKeyChars), "x".repeat(LIMITS.updateKeyChars + 1)),
    priority: mostly(undefined, "high", "normal", "low", "lowest"),
    follows: mostly(undefined, 1, 2 ** 40),
    from: mostly(undefined),
    ["__proto__"]: mostly(undefined),
    other: mostly(undefined),
  }),
);
const message = given(
  fc.record({
    type: mostly("request"),
    id: mostly(1, 2 ** 53 - 1),
    op: mostly("channel.publish"),
    input: fc.oneof({ weight: 12, arbitrary: input }, { weight: 1, arbitrary: odd }),
    extra: mostly(undefined),
  }),
);

describe("the publish guard", () => {
  it("[OP11] takes exactly what the schemas take of a user's publish", () => {
    let taken = 0;
    fc.assert(
      fc.property(message, (each) => {
        const guarded = asPublish(each);
        if (guarded !== undefined) taken += 1;
        expect(guarded !== undefined).toBe(accepts(each));
      }),
      { seed: SEED, numRuns: 5_000 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});
