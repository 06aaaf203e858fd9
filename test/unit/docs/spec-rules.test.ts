import { describe, expect, it } from "vitest";
import { mismatches, rulesOf } from "../../../scripts/lib/spec-rules.ts";

// Ids put together, so that no scan takes them for this file's own.
const [one, two, other] = ["ZZ", "ZZ", "YY"].map((area, index) => `${area}${index + 1}`) as [string, string, string];
const rules = rulesOf("docs/spec/z.md", `# Z\n\n- **${one}** first\n- **${two}** second, like **${other}**\n`);
const test = (...ids: string[]) => ({ file: "test/z.test.ts", text: ids.map((id) => `it("[${id}] does", () => {});`).join("\n") });

describe("rules and tests", () => {
  it("[DC1] a rule with a test, and a test with a rule, are in order", () => {
    expect(mismatches(rules, [test(one), test(two)])).toEqual([]);
    expect(mismatches(rules, [{ file: "test/z.test.ts", text: `it("[${one}] [${two}] both", () => {})` }])).toEqual([]);
  });

  it("[DC1] a rule without a test is named with its file", () => {
    expect(mismatches(rules, [test(one)])).toEqual([`${two} (docs/spec/z.md) has no test`]);
  });

  it("[DC1] a test without a rule is named with its file, once", () => {
    expect(mismatches(rules, [test(one, two, other, other)])).toEqual([`test/z.test.ts: [${other}] is no rule of docs/spec`]);
  });

  it("[DC1] an id given twice is named with both files", () => {
    const again = rulesOf("docs/spec/y.md", `- **${one}** again\n`);
    expect(mismatches([...rules, ...again], [test(one, two)])).toEqual([`${one} is written twice: docs/spec/z.md and docs/spec/y.md`]);
  });
});
