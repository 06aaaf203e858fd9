import { describe, expect, it } from "vitest";
import * as z from "zod";
import { checkInput } from "../../../src/protocol/check-input.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { userAttributesSet } from "../../../src/protocol/operations/attributes.ts";
import { channelJoin, channelPublish } from "../../../src/protocol/operations/channel.ts";
import { presenceSubscribe } from "../../../src/protocol/operations/presence.ts";

const channel = { type: "message", name: "lobby" };
const good = { channel, data: "x" };
const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);

describe("an operation's input", () => {
  it.each<[unknown, string, number?]>([
    [undefined, "input"],
    [null, "input"],
    ["text", "input"],
    [[], "input"],
    [{}, "channel"],
    [{ ...good, channel: { type: "other", name: "x" } }, "channel.type"],
    [{ ...good, channel: { type: "message", name: "" } }, "channel.name", 1],
    [{ ...good, channel: { type: "message", name: "é".repeat(33) } }, "channel.name", LIMITS.nameBytes],
    [{ ...good, channel: { type: "message", name: "\ud800" } }, "channel.name", LIMITS.nameBytes],
    [{ ...good, customType: "x".repeat(33) }, "customType", LIMITS.customTypeChars],
    [{ ...good, data: 5 }, "data"],
    [{ ...good, colour: "red" }, "colour"],
    [{ ...good, channel: { ...channel, colour: "red" } }, "channel.colour"],
    [JSON.parse('{"__proto__":{"x":1},"channel":{"type":"message","name":"x"},"data":"x"}'), "__proto__"],
  ])("[OP1] %j is refused by the name of the field", (raw, field, limit) => {
    const checked = checkInput(channelPublish.input, raw);
    expect(checked).toMatchObject({ ok: false, error: { code: "bad_request", field, ...(limit === undefined ? {} : { limit }) } });
  });

  it("[OP1] a list's bad item is named by its place", () => {
    const attributes = [
      { key: "a", value: "b" },
      { key: "a", value: "x".repeat(LIMITS.attributeValueBytes + 1) },
    ];
    expect(checkInput(userAttributesSet.input, { attributes })).toMatchObject({ error: { field: "attributes.1.value", limit: LIMITS.attributeValueBytes } });
  });

  it("[OP1] a payload above its limit is too large, in bytes, not characters", () => {
    expect(checkInput(channelPublish.input, { channel, data: "é".repeat(LIMITS.payloadBytes / 2 + 1) })).toMatchObject({
      error: { code: "too_large", field: "data", limit: LIMITS.payloadBytes },
    });
    expect(checkInput(channelPublish.input, { channel, data: "é".repeat(LIMITS.payloadBytes / 2) }).ok).toBe(true);
    expect(checkInput(channelPublish.input, { channel, data: new Uint8Array(LIMITS.payloadBytes + 1) })).toMatchObject({ error: { code: "too_large" } });
  });

  it("[OP2] a hundred thousand keys, items or levels are refused before any schema looks at them", () => {
    const keys = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n]));
    const hostile: unknown[] = [
      keys,
      { ...good, ...keys },
      { ...good, channel: keys },
      { ...good, data: Array(100_000).fill([]) },
      nested(100_000),
      { ...good, data: nested(50_000) },
    ];
    let looked = 0;
    const schema = z.unknown().refine(() => {
      looked += 1;
      return true;
    });
    for (const raw of hostile) {
      expect(checkInput(channelPublish.input, raw)).toMatchObject({ ok: false, error: { code: "bad_request" } });
      checkInput(schema, raw);
    }
    expect(looked).toBe(0);
  });

  it("[OP2] the largest legal input passes", () => {
    expect(checkInput(presenceSubscribe.input, { users: Array.from({ length: LIMITS.presenceWatched }, (_, n) => `u${n}`) }).ok).toBe(true);
    expect(checkInput(channelJoin.input, { channel, via: "session", position: { epoch: "0123456789abcdef", seq: 1 } }).ok).toBe(true);
  });
});
