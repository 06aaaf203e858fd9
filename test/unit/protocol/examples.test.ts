import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { examplesOf } from "../../../scripts/lib/docs/examples.ts";
import { protocolVectors } from "../../../scripts/lib/docs/vectors.ts";
import { down } from "../../../src/protocol/down.ts";
import { decodeFrame, encodeFrame } from "../../../src/protocol/frame.ts";
import { OPERATION_BY_NAME } from "../../../src/protocol/operations/catalogue.ts";
import { up } from "../../../src/protocol/up.ts";
import { EXAMPLES, REFUSED } from "../../support/protocol-examples.ts";

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const shown = examplesOf(file("docs/PROTOCOL.md"));

/** A direct socket implies its channel. */
const inputOf = (input: object): object =>
  "channel" in input || !("data" in input) || "to" in input ? input : { channel: { type: "message", name: "lobby" }, ...input };

describe("the frames of docs/PROTOCOL.md", () => {
  it.each(EXAMPLES)("[DC4] $name is what the codec makes and takes", ({ direction, messages, answers }) => {
    const frame = encodeFrame(messages);
    const decoded = decodeFrame(typeof frame === "string" ? frame : frame.buffer);
    expect(decoded).toEqual({ ok: true, value: messages });
    for (const message of messages) {
      expect((direction === "up" ? up : down).safeParse(message).error).toBeUndefined();
      if (message.type === "request") expect(OPERATION_BY_NAME.get(String(message.op))?.input.safeParse(inputOf(Object(message.input))).error).toBeUndefined();
      if (answers !== undefined && "ok" in message) expect(OPERATION_BY_NAME.get(answers)?.output.safeParse(message.ok).error).toBeUndefined();
    }
  });

  it.each(EXAMPLES)("[DC4] $name stands on the page as it is sent", ({ name, messages }) => {
    const frame = encodeFrame(messages);
    expect(shown.get(name)).toBe(typeof frame === "string" ? frame : Buffer.from(frame).toString("hex"));
  });

  it("[DC4] the page shows no other frame", () => {
    expect([...shown.keys()].filter((name) => !EXAMPLES.some((example) => example.name === name))).toEqual([]);
  });
});

describe("the vectors for other languages", () => {
  it("[DC5] are the frames of the page", () => {
    expect(file("docs/protocol-vectors.json")).toBe(protocolVectors());
  });

  it.each(REFUSED)("[DC5] $name is refused as they say", ({ text, base64, error }) => {
    const decoded = decodeFrame(text ?? new Uint8Array(Buffer.from(base64 ?? "", "base64")).buffer);
    expect(decoded.ok ? undefined : decoded.error.code).toBe(error);
  });
});
