import { describe, expect, it } from "vitest";
import { applyVerdict, isChecked, parseVerdict } from "../../../src/domain/conversation/message-check.ts";

const text = (words: string) => ({ type: "text", text: words });

describe("the app's word on a message", () => {
  it("[MH1] is asked for whatever a user says, and for nothing else", () => {
    const user = { kind: "user" };
    const asked = [
      { op: "message.send", input: { content: text("x") }, caller: user },
      { op: "message.edit", input: { ext: {} }, caller: user },
      { op: "message.append", input: { text: "x" }, caller: user },
      { op: "message.append", input: { text: "", end: true }, caller: user },
      { op: "message.react", input: { reaction: "x" }, caller: user },
      { op: "message.send", input: { content: text("x") }, caller: { kind: "server" } },
    ];
    expect(asked.map(isChecked)).toEqual([true, true, true, false, false, false]);
  });

  it("[MH2] replaces a text and the ext, refuses, or changes nothing", () => {
    const input = { content: text("bad"), ext: { a: 1 }, key: "k" };
    expect(applyVerdict("message.send", input, { pass: true })).toEqual({ ok: true, value: { input, replaced: false } });
    expect(applyVerdict("message.send", input, { pass: true, text: "bad" })).toEqual({ ok: true, value: { input, replaced: false } });
    const replaced = { input: { content: text("***"), ext: { b: 2 }, key: "k" }, replaced: true };
    expect(applyVerdict("message.send", input, { pass: true, text: "***", ext: { b: 2 } })).toEqual({ ok: true, value: replaced });
    const image = { content: { type: "image", media: "m" } };
    expect(applyVerdict("message.send", image, { pass: true, text: "***" })).toEqual({ ok: true, value: { input: image, replaced: false } });
    const piece = { seq: 1, at: 0, text: "bad" };
    expect(applyVerdict("message.append", piece, { pass: true, text: "***" })).toEqual({ ok: true, value: { input: piece, replaced: false } });
    expect(applyVerdict("message.send", input, { pass: false, reason: "rude" })).toMatchObject({ ok: false, error: { code: "forbidden", message: "rude" } });
  });

  it("[MH3] what is no verdict is none", () => {
    const given = ["", "[]", "{}", '{"pass":"yes"}', '{"pass":true,"text":5}', `{"pass":false,"reason":"${"r".repeat(257)}"}`];
    expect(given.map(parseVerdict)).toEqual(given.map(() => undefined));
    expect(parseVerdict('{"pass":true,"more":1}')).toEqual({ pass: true });
  });
});
