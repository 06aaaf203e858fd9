import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasTerms, searchable, termsOf, tokensOf } from "../../../src/domain/conversation/search-text.ts";
import { content } from "../../../src/protocol/messages/conversation.ts";

const finds = (text: string, what: string): boolean => hasTerms(text, termsOf(what));

describe("words", () => {
  it("[CQ2] are found in any case, with or without accents, the last one by its beginning", () => {
    expect(tokensOf("Crème brûlée, 2 Portionen!")).toEqual(["creme", "brulee", "2", "portionen"]);
    expect(finds("Crème brûlée, 2 Portionen!", "CREME port")).toBe(true);
    expect(finds("Crème brûlée, 2 Portionen!", "port creme")).toBe(false);
    expect(finds("don't", "don")).toBe(true);
    expect(termsOf("?! …")).toEqual([]);
  });

  it("[CQ3] of Chinese, Japanese, Korean and Thai are found by any two letters side by side, and by one", () => {
    expect(tokensOf("我们吃午饭吧")).toEqual(["我们", "们吃", "吃午", "午饭", "饭吧", "吧"]);
    for (const found of ["午饭", "吃午饭", "我们吃午饭吧", "吧", "吃", "吃 我"]) expect(finds("我们吃午饭吧", found), found).toBe(true);
    for (const missed of ["们我", "吃饭", "早饭", "我 早"]) expect(finds("我们吃午饭吧", missed), missed).toBe(false);
    expect(finds("新しいiPhone手机を買った", "iphone手机")).toBe(true);
    expect(finds("ガソリン", "ｶﾞｿ")).toBe(true);
    expect(finds("안녕하세요", "하세")).toBe(true);
    expect(finds("กินข้าวหรือยัง", "ข้าว")).toBe(true);
  });

  it("[CQ3] any part of a text written without spaces finds it", () => {
    const letter = fc.constantFrom(..."我们吃午饭吧你好世界ひらがな한국어");
    void fc.assert(
      fc.property(fc.array(letter, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (letters, from, length) => {
        const start = from % letters.length;
        const part = letters.slice(start, start + 1 + (length % letters.length)).join("");
        expect(finds(letters.join(""), part)).toBe(true);
      }),
    );
  });

  it("[CQ4] are those of texts, names of files, places and titles", () => {
    const said = (given: unknown) => searchable(content.parse(given));
    expect(said({ type: "text", text: "a" })).toBe("a");
    for (const type of ["image", "audio", "video", "file"]) expect(said({ type, media: "m", name: "report.pdf" })).toBe("report.pdf");
    expect(said({ type: "image", media: "m" })).toBe("");
    expect(said({ type: "location", latitude: 1, longitude: 2, address: "外滩", building: "7" })).toBe("外滩\n7");
    expect(said({ type: "combined", media: "m", title: "t", summary: "s", count: 1, level: 1 })).toBe("t\ns");
    expect(said({ type: "command", action: "secret" })).toBe("");
    expect(said({ type: "custom", event: "e", params: { a: "b" } })).toBe("");
    expect(searchable(undefined)).toBe("");
  });
});
