import { describe, expect, it } from "vitest";
import { FrameTape } from "../../../bench/lib/frame-tape.ts";
import { decodePayload, encodePayload } from "../../../bench/lib/payload.ts";

function tapeOfTexts() {
  const decoded: string[] = [];
  const tape = new FrameTape((bytes: Buffer) => {
    decoded.push(bytes.toString());
    return bytes.toString();
  });
  return { tape, decoded };
}

describe("frame tape", () => {
  it("[BE9] gives every member its own frames and decodes equal ones once", () => {
    const { tape, decoded } = tapeOfTexts();
    const members = [{ cursor: 0 }, { cursor: 0 }, { cursor: 0 }];
    for (const text of ["a", "b", "c"]) for (const member of members) expect(tape.read(member, Buffer.from(text))).toBe(text);
    expect(decoded).toEqual(["a", "b", "c"]);
  });

  it("[BE9] serves a member that lags, skips or gets a frame of its own", () => {
    const { tape, decoded } = tapeOfTexts();
    const [ahead, behind] = [{ cursor: 0 }, { cursor: 0 }];
    for (const text of ["a", "b", "c"]) tape.read(ahead, Buffer.from(text));
    expect(tape.read(behind, Buffer.from("welcome"))).toBe("welcome");
    for (const text of ["a", "c", "b", "b"]) expect(tape.read(behind, Buffer.from(text))).toBe(text);
    expect(decoded).toEqual(["a", "b", "c", "welcome"]);
  });

  it("[BE9] stays correct after more frames than it keeps", () => {
    const { tape } = tapeOfTexts();
    const [ahead, behind] = [{ cursor: 0 }, { cursor: 0 }];
    for (let index = 0; index < 3000; index++) tape.read(ahead, Buffer.from(`frame ${index}`));
    for (let index = 0; index < 3000; index += 7) expect(tape.read(behind, Buffer.from(`frame ${index}`))).toBe(`frame ${index}`);
  });
});

describe("payload", () => {
  it("[BE10] carries publisher and number in 128 bytes", () => {
    const text = encodePayload(7, 1_234_567);
    expect(Buffer.byteLength(text)).toBe(128);
    expect(decodePayload(text)).toEqual({ publisher: 7, number: 1_234_567 });
  });

  it("[BE10] refuses a text that was cut, or is something else", () => {
    expect(() => decodePayload(encodePayload(1, 2).slice(1))).toThrow("not a payload");
    expect(() => decodePayload("hello".padEnd(128, "x"))).toThrow("not a payload");
  });
});
