import { describe, expect, it } from "vitest";
import { mentionsIn, partsOf, soughtAt } from "../../../src/demo/messenger/mention-text.ts";

describe("mentions in a text", () => {
  it("[MS21] are sought behind the @ before the cursor, and an address is none", () => {
    expect(soughtAt("look, @bo", 9)).toEqual({ from: 6, words: "bo" });
    expect(soughtAt("@", 1)).toEqual({ from: 0, words: "" });
    expect(soughtAt("@bob and more", 2)).toEqual({ from: 0, words: "b" });
    for (const [text, cursor] of [
      ["bob@example.org", 15],
      ["no", 2],
      ["@ bob", 5],
      ["@bob\nand", 8],
      [`@${"x".repeat(60)}`, 61],
    ] as const)
      expect(soughtAt(text, cursor), text).toBeUndefined();
  });

  it("[MS21] are those whose names still stand in it", () => {
    const picks = [
      { name: "Bob", user: "bob" },
      { name: "Cho", user: "cho" },
      { name: "Bob", user: "bob" },
    ];
    expect(mentionsIn("@Bob, @Cho", picks, 20)).toEqual(["bob", "cho"]);
    expect(mentionsIn("@Bob, @Cho", picks, 1)).toEqual(["bob"]);
    expect(mentionsIn("Bob", picks, 20)).toBeUndefined();
    expect(mentionsIn("@everybody", [...picks, { name: "everybody", user: undefined }], 20)).toBe("all");
  });

  it("[MS21] stand out by the longest name that fits, and the rest is as it was written", () => {
    const shown = (text: string, names: string[]) => partsOf(text, names).map(({ text, on }) => (on ? `[${text}]` : text));
    expect(shown("hi @Bob B, and @Bob", ["Bob", "Bob B"])).toEqual(["hi ", "[@Bob B]", ", and ", "[@Bob]"]);
    expect(shown("@someone here", [])).toEqual(["[@someone]", " here"]);
    expect(shown("alone @", ["Bob"])).toEqual(["alone @"]);
    expect(shown("", [])).toEqual([]);
  });
});
