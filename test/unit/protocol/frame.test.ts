import { describe, expect, it } from "vitest";
import { decodeFrame } from "../../../src/protocol/frame.ts";

describe("a text frame", () => {
  it.each([
    '{"type":"message","bin":3}',
    '{"type":"message","\\u0062in":3}',
    '{"type":"message","b\\u0069n":3}',
    '[{"type":"ack"},{"type":"request","input":{"bin" :3}}]',
  ])("[WI10] that speaks of bytes it does not have is refused, however it says so: %s", (text) => {
    expect(decodeFrame(text)).toMatchObject({ ok: false, error: { code: "bad_frame" } });
  });

  it.each(['{"type":"message","data":"a \\"bin\\" of \\u0062"}', '{"type":"message","cabin":3}'])("[WI10] that only has the word is not: %s", (text) => {
    expect(decodeFrame(text)).toEqual({ ok: true, value: [JSON.parse(text)] });
  });
});
